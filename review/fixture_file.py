"""`fixture.yaml`: read, checked and written. What is unknown, given twice or empty is a fault, and never passed over.

session: team-7
limits: {max_cer: 0.05}          # optional: what `earshot suite` holds the text to (also max_wer, loose)
settings: {vad.stop: 0.3}        # optional: settings that differ for this fixture
channels:
  C01:
    file: C01.flac               # any format FFmpeg reads
    expect: C01.txt              # optional: the true text
    pieces:                      # optional: where the samples belong; without it the file is one stream from 0
      - {at: 0, samples: 48000, first_sample: 0, captured_at: 1763000000000000}
"""

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from unicodedata import normalize

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from producers.sessions import check_channel_id, check_session_id
from review.fixture import FILE, Fixture, FixtureChannel, FixturePiece, Limits
from runtime.errors import ConfigError

_Name = Annotated[str, Field(min_length=1)]
_Count = Annotated[int, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Piece(_Part):
    at: _Count
    samples: _Count
    first_sample: _Count
    captured_at: int


class _Channel(_Part):
    file: _Name
    expect: _Name = ""
    pieces: list[_Piece] = []


class _Limits(_Part):
    max_cer: _Share = 0.0
    max_wer: _Share | None = None
    loose: bool = False


class _File(_Part):
    session: _Name | int | date = ""
    limits: _Limits = _Limits()
    settings: dict[str, str | int | float | bool | list[str]] = {}
    channels: Annotated[dict[str, _Channel], Field(min_length=1)]


class _Loader(yaml.SafeLoader):
    """YAML in which a key that is given twice is a fault: the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"`{key.value}` is given twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_fixture(folder: Path) -> Fixture:
    """The fixture in `folder`. Raises ConfigError naming everything that is wrong with its YAML."""
    path = folder / FILE
    facts = _facts_in(path)
    if not isinstance(facts, dict):
        raise ConfigError(f"{path}: holds no keys: see the format in docs/review.md")
    try:
        file = _File.model_validate(facts)
    except ValidationError as error:
        faults = "\n".join(f"  {_fault(dict(item))}" for item in error.errors())
        raise ConfigError(f"{path} is wrong (docs/review.md has the format):\n{faults}") from error
    streams = {check_channel_id(channel): _channel_of(folder, entry) for channel, entry in file.channels.items()}
    session = check_session_id(str(file.session) or folder.resolve().name)
    settings = {name: _as_setting(value) for name, value in file.settings.items()}
    return Fixture(folder, session, streams, Limits(**file.limits.model_dump()), settings)


def _facts_in(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}: a fixture has a {FILE} (`earshot export` makes one)") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error


def _channel_of(folder: Path, entry: _Channel) -> FixtureChannel:
    expect = _text_of(_place_of(folder, entry.expect)) if entry.expect else None
    return FixtureChannel(
        _place_of(folder, entry.file), expect, tuple(FixturePiece(**dict(piece)) for piece in entry.pieces)
    )


def _place_of(folder: Path, name: str) -> Path:
    """The file of this name; where it was written with decomposed letters, as a Mac does, that one."""
    path = folder / name
    if path.exists() or not path.parent.is_dir():
        return path
    alike = (other for other in path.parent.iterdir() if normalize("NFC", other.name) == normalize("NFC", path.name))
    return next(alike, path)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}: this is where {FILE} expects the true text") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8") from error


def _as_setting(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _fault(item: Mapping[str, Any]) -> str:
    """One line: where, what is wrong, and the key that was probably meant."""
    *above, key = item["loc"] or ("",)
    place = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = list(_known_keys(above))
        close = get_close_matches(str(key), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        return f"{place}: no such key; {hint}"
    if item["type"] == "missing":
        return f"{place}: is not given"
    return f"{place}: {item['msg'].removeprefix('Value error, ')} (got {item['input']!r})"


def _known_keys(above: list[Any]) -> Iterator[str]:
    """The keys that there are at this place of the file."""
    parts: tuple[type[_Part], ...] = (_File, _Limits, _Channel, _Piece)
    yield from parts[min(len(above), 3)].model_fields


def fixture_yaml(session_id: str, streams: Mapping[str, tuple[str, str | None, list[FixturePiece]]]) -> str:
    """The text of `fixture.yaml`. `streams`: by channel, its file of sound, its file of text, its pieces."""
    channels: dict[str, Any] = {}
    for channel, (file, expect, pieces) in streams.items():
        entry: dict[str, Any] = {"file": file}
        if expect:
            entry["expect"] = expect
        entry["pieces"] = [
            {
                "at": piece.at,
                "samples": piece.samples,
                "first_sample": piece.first_sample,
                "captured_at": piece.captured_at,
            }
            for piece in pieces
        ]
        channels[channel] = entry
    return yaml.safe_dump({"session": session_id, "channels": channels}, sort_keys=False, default_flow_style=None)
