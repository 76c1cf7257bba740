"""Speech without a pause, and the same speech with pauses: what cuts in running speech cost.

python -m demo.nonstop --minutes 10 --out DIR
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo import noises
from demo.radio import RATE_HZ, transmit
from demo.recording import Delivery, Recording, record
from demo.speech import Speaker, Voice
from demo.storing import write_wav
from models.training import grammar

_VOICES = {"en": ("en-us+Mike", "en-gb-x-rp+f4", "en-us+m4"), "ko": ("ko+m1", "ko+f2", "ko+Lee")}
_SENTENCES_PER_VOICE = 20
_SHORTEST_WORDS = 5
_RUNNING_GAP_S, _PAUSED_GAP_S = (0.04, 0.11), (0.8, 1.6)
_SNR_DB = 25.0
_SEED = 11


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word of the truth."""

    word: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """One sentence of the truth; times in seconds from the start of the file."""

    start_s: float
    end_s: float
    text: str
    language: str
    words: tuple[SpokenWord, ...]


def build(language: str, minutes: float, out: Path) -> None:
    """Write `nonstop.wav` and `paused.wav`, each with its truth in a JSON file of the same name."""
    recordings = _recordings(language, minutes * 60)
    for name, gap_s in (("nonstop", _RUNNING_GAP_S), ("paused", _PAUSED_GAP_S)):
        sound, truth = _joined(recordings, gap_s)
        noise = noises.coloured(np.random.default_rng(_SEED), len(sound), 0.3)
        write_wav(out / f"{name}.wav", transmit(sound, noise, _SNR_DB))
        rows = json.dumps([asdict(sentence) for sentence in truth], ensure_ascii=False, indent=1)
        (out / f"{name}.json").write_text(rows + "\n", encoding="utf-8")


def running_speech(language: str, seconds: float) -> NDArray[np.float32]:
    """At least so much speech without a pause, in changing voices."""
    return _joined(_recordings(language, seconds), _RUNNING_GAP_S)[0]


def _recordings(language: str, seconds: float) -> list[Recording]:
    speaker, rng = Speaker(), random.Random(_SEED)  # noqa: S311 (sentences, not secrets)
    recordings: list[Recording] = []
    spoken_s = 0.0
    while spoken_s < seconds:
        text = grammar.expand(language, "sentence", rng) + "."
        if len(text.split()) < _SHORTEST_WORDS:
            continue
        voices = _VOICES[language]
        name = voices[len(recordings) // _SENTENCES_PER_VOICE % len(voices)]
        recordings.append(record(speaker, language, text, Delivery(Voice(name), hurried=True)))
        spoken_s += len(recordings[-1].pcm) / RATE_HZ
    return recordings


def _joined(
    recordings: Sequence[Recording], gap_s: tuple[float, float]
) -> tuple[NDArray[np.float32], list[SpokenSentence]]:
    rng = np.random.default_rng(_SEED)
    pieces, truth, position = [np.zeros(RATE_HZ // 2, np.float32)], [], RATE_HZ // 2
    for recording in recordings:
        truth.append(_sentence(recording, position))
        gap = np.zeros(int(rng.uniform(*gap_s) * RATE_HZ), np.float32)
        pieces += [(recording.pcm / np.float32(32_768)).astype(np.float32), gap]
        position += len(recording.pcm) + len(gap)
    pieces.append(np.zeros(RATE_HZ, np.float32))
    return np.concatenate(pieces), truth


def _sentence(recording: Recording, position: int) -> SpokenSentence:
    words = tuple(
        SpokenWord(word, round((position + start) / RATE_HZ, 3), round((position + end) / RATE_HZ, 3))
        for word, (start, end) in zip(recording.text.split(), recording.words, strict=True)
    )
    return SpokenSentence(words[0].start_s, words[-1].end_s, recording.text, recording.language, words)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--language", choices=sorted(_VOICES), default="en")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    build(chosen.language, chosen.minutes, chosen.out)


if __name__ == "__main__":
    main()
