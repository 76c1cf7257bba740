"""The demo exercise heard by the model alone: one window per line, and cuts in the talk without pauses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import decode_audio
from numpy.typing import NDArray

from demo.scoring import CharacterErrors, score, total
from demo.script import load_exercise
from models.training.hearing import Listener

Sound = NDArray[np.float32]
DEMO = Path(__file__).parents[2] / "demo"
RATE_HZ = 16_000
_AROUND_S = 0.3
_OWN_S = (5.0, 10.0)
_CONTEXT_S = 1.25
_QUIET_S = 0.06
_SILENT_WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """Errors of one channel, and the words written where nobody speaks."""

    channel: str
    errors: CharacterErrors
    invented_words: int


def hear_exercise(listener: Listener) -> list[ChannelResult]:
    """Every channel in order."""
    truth = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))
    results = []
    for channel in load_exercise().channels:
        sound = decode_audio(str(DEMO / "audio" / f"{channel.channel_id}.ogg"))
        rows = [row for row in truth if row["channel"] == channel.channel_id]
        if not rows:
            words = sum(len(listener.hear(piece, True).text.split()) for piece in _pieces(sound))
            results.append(ChannelResult(channel.channel_id, CharacterErrors(0, 0), words))
        elif channel.continuous:
            text = " ".join(row["text"] for row in rows)
            errors = score(text, hear_running(listener, sound[: int((rows[-1]["end_s"] + _AROUND_S) * RATE_HZ)]))
            results.append(ChannelResult(channel.channel_id, errors, 0))
        else:
            lines = [score(row["text"], listener.hear(_line(sound, row), True).text) for row in rows]
            results.append(ChannelResult(channel.channel_id, total(lines), 0))
    return results


def hear_running(listener: Listener, sound: Sound) -> str:
    """Running speech in windows that share context; a word belongs to the window that owns its middle."""
    words: list[str] = []
    start = 0
    while start < len(sound):
        end = _quietest(sound, start)
        first, last = max(0, start - int(_CONTEXT_S * RATE_HZ)), end + int(_CONTEXT_S * RATE_HZ)
        segments, _ = listener.transcribe(sound[first:last], word_timestamps=True)
        for segment in segments:
            for word in segment.words:
                if start <= first + (word.start + word.end) / 2 * RATE_HZ < end:
                    words.append(word.word.strip())
        start = end
    return " ".join(words)


def _quietest(sound: Sound, start: int) -> int:
    """The quietest place between 5 and 10 s after `start`; the sound's end where less is left."""
    low, high = start + int(_OWN_S[0] * RATE_HZ), start + int(_OWN_S[1] * RATE_HZ)
    if high >= len(sound):
        return len(sound)
    step = int(_QUIET_S * RATE_HZ)
    levels = [float(np.square(sound[n : n + step]).sum()) for n in range(low, high, step // 2)]
    return low + int(np.argmin(levels)) * (step // 2) + step // 2


def _line(sound: Sound, row: dict[str, float]) -> Sound:
    first = max(0, int((row["start_s"] - _AROUND_S) * RATE_HZ))
    return sound[first : int((row["end_s"] + _AROUND_S) * RATE_HZ)]


def _pieces(sound: Sound) -> list[Sound]:
    step = int(_SILENT_WINDOW_S * RATE_HZ)
    return [sound[first : first + step] for first in range(0, len(sound), step)]
