"""The exam: sentences never trained on, in voices known and unknown, and sounds without words."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo import noises
from demo.negatives import KINDS, SPEECH_LIKE
from demo.radio import band_limited
from demo.recording import Delivery, Recording, record
from demo.speech import Speaker
from models.training import grammar, voices

Sound = NDArray[np.float32]
RATE_HZ = 16_000
_SHORT_WORDS = 4
_LONG_WORDS = 5


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it is said, in seconds from the window's start."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """A window of sound and what is said in it."""

    sound: Sound
    language: str
    utterances: tuple[tuple[Word, ...], ...]
    variant: str = ""

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(word.text for words in self.utterances for word in words)


class Examiner:
    """Makes test windows; equal seeds make equal windows."""

    def __init__(self, data: Path, seed: int) -> None:
        self._speaker, self._data = Speaker(data), data
        self._rng, self._draws = random.Random(seed), np.random.default_rng(seed)

    def known_voice(self, language: str) -> Window:
        """One held-out sentence of five words or more, in a trained variant."""
        return self._window([self._recording(language, self._sentence(language), self._trained())])

    def unknown_voice(self, language: str, variant: str) -> Window:
        """One held-out sentence in a variant never trained on."""
        return self._window([self._recording(language, self._sentence(language), variant)], variant)

    def several(self, language: str) -> Window:
        """Two to five utterances with pauses of 0.05 … 1.5 s, each in a voice of its own."""
        count = self._rng.randint(2, 5)
        return self._window(
            [self._recording(language, self._sentence(language), self._trained()) for _ in range(count)]
        )

    def short(self, language: str) -> Window:
        """A text of one to four words; those of three and four are held out."""
        text = self._draw(language, self._is_new_short)
        return self._window([self._recording(language, text, self._trained())])

    def nothing(self, kind: str, seconds: float) -> Sound:
        """A sound without words."""
        samples = int(seconds * RATE_HZ)
        return (self._silent(kind, samples) * 10 ** self._draws.uniform(-2.5, -0.8)).astype(np.float32)

    def _sentence(self, language: str) -> str:
        return self._draw(language, lambda text: grammar.held_out(text) and len(text.split()) >= _LONG_WORDS)

    def _draw(self, language: str, accepted: Callable[[str], bool]) -> str:
        while True:
            text = grammar.expand(language, "sentence", self._rng) + "."
            if accepted(text):
                return text

    @staticmethod
    def _is_new_short(text: str) -> bool:
        count = len(text.split())
        return count <= _SHORT_WORDS and (count < 3 or grammar.held_out(text))

    def _trained(self) -> str:
        return self._rng.choice([*voices.shipped_variants(self._data), ""])

    def _recording(self, language: str, text: str, variant: str) -> Recording:
        voice = voices.voiced(language, variant, self._rng)
        return record(self._speaker, language, text, Delivery(voice))

    def _window(self, recordings: list[Recording], variant: str = "") -> Window:
        """Recordings with a pre-roll, pauses, noise and (half of them) a radio's band."""
        position = int(self._rng.uniform(0.15, 0.45) * RATE_HZ)
        pieces: list[Sound] = [np.zeros(position, np.float32)]
        utterances = []
        for recording in recordings:
            pieces.append((recording.pcm / 32_768 * self._rng.uniform(0.4, 1.0)).astype(np.float32))
            utterances.append(_words(recording, position))
            pause = int(self._rng.uniform(0.05, 1.5) * RATE_HZ)
            pieces.append(np.zeros(pause, np.float32))
            position += len(recording.pcm) + pause
        pieces[-1] = np.zeros(int(self._rng.uniform(0.15, 0.35) * RATE_HZ), np.float32)
        sound = self._with_noise(np.concatenate(pieces))
        return Window(sound, recordings[0].language, tuple(utterances), variant)

    def _with_noise(self, sound: Sound) -> Sound:
        level = float(np.sqrt(np.mean(np.square(sound))))
        noise = noises.coloured(self._draws, len(sound), self._rng.choice((0.0, 0.5)))
        noisy = sound + noise * np.float32(level * 10 ** (-self._rng.uniform(15, 30) / 20))
        return band_limited(noisy) if self._rng.random() < 0.5 else noisy

    def _silent(self, kind: str, samples: int) -> Sound:
        if kind in KINDS:
            return KINDS[kind](self._draws, samples)
        return SPEECH_LIKE[kind](self._draws, self._speech(samples))

    def _speech(self, samples: int) -> Sound:
        """Ongoing speech in changing voices."""
        pieces, total = [], 0
        while total < samples:
            language = self._rng.choice(grammar.LANGUAGES)
            pcm = self._recording(language, self._sentence(language), self._trained()).pcm
            pieces += [pcm / np.float32(32_768), np.zeros(int(self._rng.uniform(0.1, 0.6) * RATE_HZ), np.float32)]
            total += len(pieces[-2]) + len(pieces[-1])
        return np.concatenate(pieces)[:samples].astype(np.float32)


SILENT_KINDS = (*KINDS, *SPEECH_LIKE)


def _words(recording: Recording, position: int) -> tuple[Word, ...]:
    return tuple(
        Word(word, (start + position) / RATE_HZ, (end + position) / RATE_HZ)
        for word, (start, end) in zip(recording.text.split(), recording.words, strict=True)
    )
