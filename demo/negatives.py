"""Minutes of sound in which nobody says a word.

python -m demo.negatives --minutes 10 --out DIR
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from demo import noises
from demo.noises import Sound
from demo.nonstop import running_speech
from demo.radio import RATE_HZ, limit_peak
from demo.storing import write_wav

Make = Callable[[np.random.Generator, int], Sound]
Spoil = Callable[[np.random.Generator, Sound], Sound]
_SEED = 5
_BLOCK_S = 15.0
"""Levels and tunes change this often."""
_QUIETEST, _LOUDEST = -2.6, -0.8
"""RMS as powers of ten of full scale."""


def _silence(draws: np.random.Generator, samples: int) -> Sound:
    return np.zeros(samples, np.float32)


KINDS: dict[str, Make] = {
    "silence": _silence,
    "white": partial(noises.coloured, exponent=0.0),
    "pink": partial(noises.coloured, exponent=0.5),
    "brown": partial(noises.coloured, exponent=1.0),
    "hum": partial(noises.hum, base_hz=50.0),
    "tones": noises.tones,
    "music": noises.music,
    "sweeps": noises.sweep,
    "sirens": noises.siren,
    "dialling": noises.dialling,
    "clicks": noises.clicks,
    "engine": noises.engine,
}


SPEECH_LIKE: dict[str, Spoil] = {
    "babble": noises.babble,
    "reversed-speech": noises.reversed_speech,
    "shuffled-speech": noises.shuffled_speech,
    "speech-shaped-noise": noises.speech_shaped,
}


def build(minutes: float, speech: Sound, out: Path) -> None:
    """Write one WAV per kind, `minutes` in all; what is like speech is made of `speech`, at least 15 s of it."""
    draws = np.random.default_rng(_SEED)
    each_s = minutes * 60 / (len(KINDS) + len(SPEECH_LIKE))
    for name, make in (KINDS | {name: _of_speech(spoil, speech) for name, spoil in SPEECH_LIKE.items()}).items():
        write_wav(out / f"{name}.wav", of_kind(make, each_s, draws))


def _of_speech(spoil: Spoil, speech: Sound) -> Make:
    def make(draws: np.random.Generator, samples: int) -> Sound:
        return spoil(draws, np.roll(speech, int(draws.integers(len(speech))))[:samples])

    return make


def of_kind(make: Make, seconds: float, draws: np.random.Generator) -> Sound:
    """Blocks of one kind at changing levels."""
    blocks, left = [], int(seconds * RATE_HZ)
    while left > 0:
        samples = min(left, int(_BLOCK_S * RATE_HZ))
        level = np.float32(10 ** draws.uniform(_QUIETEST, _LOUDEST))
        blocks.append(limit_peak(make(draws, samples) * level))
        left -= samples
    return np.concatenate(blocks)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    speech = np.concatenate([running_speech(language, _BLOCK_S) for language in ("en", "ko")])
    build(chosen.minutes, speech, chosen.out)


if __name__ == "__main__":
    main()
