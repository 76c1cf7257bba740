"""Speak the exercise: one sound file per channel, and the truth.

python -m demo.build [--out DIR]
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo import noises
from demo.radio import RATE_HZ, transmit
from demo.recording import Delivery, Recording, record
from demo.script import Channel, Exercise, Line, load_exercise
from demo.speech import Speaker, Voice
from demo.storing import write_opus

Sound = NDArray[np.float32]
FOLDER = Path(__file__).parent
_SHORTEST_GAP_S = 0.4
_CONTINUOUS_GAP_S = (0.05, 0.11)
_NOISE_BELOW_FULL_SCALE = 0.02


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the truth; times in seconds from the start of the channel."""

    channel: str
    start_s: float
    end_s: float
    text: str
    language: str


def build(exercise: Exercise, out: Path) -> None:
    """Write `audio/Cnn.ogg` for every channel, and `truth.json`."""
    speaker, truth = Speaker(), []
    for number, channel in enumerate(exercise.channels):
        sound, said = speak_channel(speaker, exercise, channel, exercise.seed + number)
        write_opus(out / "audio" / f"{channel.channel_id}.ogg", sound)
        truth += said
    rows = ",\n".join(json.dumps(asdict(said), ensure_ascii=False) for said in truth)
    (out / "truth.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def speak_channel(speaker: Speaker, exercise: Exercise, channel: Channel, seed: int) -> tuple[Sound, list[Said]]:
    """The channel's sound, and what is said in it."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(exercise.duration_s * RATE_HZ), np.float32)
    if channel.background != "radio":
        return _no_speech(channel.background, len(sound), rng), []
    said, position = [], 0
    for line in channel.lines:
        recording = record(speaker, line.language, line.text, _delivery(line, channel, rng))
        position = _start(line, channel, position, rng)
        room = sound[position : position + len(recording.pcm)]
        if len(room) < len(recording.pcm):
            raise ValueError(f"{channel.channel_id}: no room for {line.text!r} at {position / RATE_HZ:.1f} s")
        room += recording.pcm / np.float32(32_768) * np.float32(rng.uniform(0.7, 1.0))
        said.append(_said(channel, recording, position))
        position += len(recording.pcm)
    hiss = noises.coloured(rng, len(sound), 0.3)
    return transmit(sound, hiss, channel.snr_db), said


def _delivery(line: Line, channel: Channel, rng: np.random.Generator) -> Delivery:
    voice = Voice(line.voice, words_per_minute=int(rng.integers(145, 176)), pitch=int(rng.integers(40, 61)))
    return Delivery(voice, hurried=channel.continuous)


def _start(line: Line, channel: Channel, position: int, rng: np.random.Generator) -> int:
    """Where a line begins; two lines may not run into each other."""
    if line.at_s is None:
        return position + int(rng.uniform(*_CONTINUOUS_GAP_S) * RATE_HZ)
    start = int(line.at_s * RATE_HZ)
    if start < position + _SHORTEST_GAP_S * RATE_HZ and position:
        raise ValueError(f"{channel.channel_id}: {line.text!r} must not start before {position / RATE_HZ + 0.4:.1f} s")
    return start


def _said(channel: Channel, recording: Recording, position: int) -> Said:
    first, last = recording.words[0][0], recording.words[-1][1]
    return Said(
        channel.channel_id,
        round((position + first) / RATE_HZ, 3),
        round((position + last) / RATE_HZ, 3),
        recording.text,
        recording.language,
    )


def _no_speech(background: str, samples: int, rng: np.random.Generator) -> Sound:
    if background == "music":
        return noises.music(rng, samples) * np.float32(0.08)
    return noises.coloured(rng, samples, 0.5) * np.float32(_NOISE_BELOW_FULL_SCALE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    build(load_exercise(), parser.parse_args(arguments).out)


if __name__ == "__main__":
    main()
