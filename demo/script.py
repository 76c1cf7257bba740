"""The exercise as data: who says what on which channel, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

EXERCISE = Path(__file__).with_name("exercise.yaml")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said."""

    text: str
    language: str
    voice: str
    """espeak voice and variant."""
    at_s: float | None
    """Seconds from the start; none: right after the line before."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of the exercise."""

    channel_id: str
    name: str
    snr_db: float
    """Speech over the channel's noise."""
    background: str
    """`radio`, `noise` or `music`."""
    continuous: bool
    """A talker who makes no pause."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Exercise:
    """All channels."""

    duration_s: float
    seed: int
    channels: tuple[Channel, ...]


def load_exercise(path: Path = EXERCISE) -> Exercise:
    """Read the script."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    channels = tuple(_channel(row) for row in raw["channels"])
    return Exercise(float(raw["duration_s"]), int(raw["seed"]), channels)


def _channel(row: Mapping[str, Any]) -> Channel:
    return Channel(
        channel_id=row["id"],
        name=row["name"],
        snr_db=float(row["snr_db"]),
        background=row.get("background", "radio"),
        continuous=bool(row.get("continuous", False)),
        lines=tuple(_line(line, row) for line in row["lines"]),
    )


def _line(line: Mapping[str, Any], channel: Mapping[str, Any]) -> Line:
    return Line(
        text=line["text"],
        language=line.get("language", channel["language"]),
        voice=channel["voices"][line.get("by", 0)],
        at_s=line.get("at"),
    )
