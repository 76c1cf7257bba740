"""A spoken sentence at 16 kHz with the spans of its words and phones."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from demo.speech import NATIVE_RATE_HZ, Mark, Speaker, Speech, Voice

RATE_HZ = 16_000
_PEAK = 20_000
_TAIL_S = 0.03
_LONGEST_KEPT_PAUSE_S = 0.12


@dataclass(frozen=True, slots=True)
class Recording:
    """One utterance; all spans in samples at RATE_HZ."""

    language: str
    text: str
    pcm: NDArray[np.int16]
    words: list[tuple[int, int]]
    """Start and end of each word of `text.split()`."""
    phones: list[tuple[int, str]]
    """Start and mnemonic of each phone; pauses are `_`."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an utterance is recorded."""

    voice: Voice
    size: float = 1.0
    """Above 1: a smaller speaker, faster and higher (the sound is resampled)."""
    hurried: bool = False
    """Long pauses between words are cut out."""


def record(speaker: Speaker, language: str, text: str, delivery: Delivery) -> Recording:
    """Speak `text` and trim it to its first and last sound."""
    speech = speaker.speak(text, delivery.voice)
    spans = word_spans(text, speech)
    phones = [(mark.sample, _plain(mark.label)) for mark in speech.phones]
    pcm = speech.pcm
    if delivery.hurried:
        pcm, spans, phones = _hurry(pcm, spans, phones)
    end = min(len(pcm), spans[-1][1] + int(_TAIL_S * NATIVE_RATE_HZ))
    ratio = RATE_HZ / (NATIVE_RATE_HZ * delivery.size)
    sound = soxr.resample(pcm[:end].astype(np.float32), 1.0, ratio, quality="LQ")
    sound *= _PEAK / max(1.0, float(np.abs(sound).max()))
    return Recording(
        language,
        text,
        np.clip(sound, -32768, 32767).astype(np.int16),
        [(round(start * ratio), round(stop * ratio)) for start, stop in spans],
        [(round(start * ratio), label) for start, label in phones],
    )


def random_delivery(voice: Voice, rng: random.Random) -> Delivery:
    """A delivery for training: now and then resampled or hurried."""
    size = min(1.18, max(0.86, rng.gauss(1.0, 0.08))) if rng.random() < 0.4 else 1.0
    return Delivery(voice, size, rng.random() < 0.15)


def word_spans(text: str, speech: Speech) -> list[tuple[int, int]]:
    """Start and end of every word, in samples at NATIVE_RATE_HZ; a pause ends a word."""
    at = {mark.character: mark.sample for mark in speech.words}
    firsts = _first_characters(text)
    known = [at.get(first) for first in firsts]
    sound_end = _sound_end(speech)
    starts = _filled(known, firsts, sound_end)
    pauses = np.array([mark.sample for mark in speech.phones if _is_pause(mark)] + [sound_end])
    spans = []
    for start, following in zip(starts, [*starts[1:], sound_end], strict=True):
        later = pauses[pauses > start + NATIVE_RATE_HZ // 50]
        end = min(following, int(later[0])) if len(later) else following
        spans.append((start, max(end, start + 1)))
    return spans


def _first_characters(text: str) -> list[int]:
    firsts, position = [], 0
    for word in text.split():
        position = text.index(word, position)
        firsts.append(position)
        position += len(word)
    return firsts


def _filled(known: list[int | None], firsts: list[int], end: int) -> list[int]:
    """Word starts, those that espeak-ng joined to a neighbour placed by their letters."""
    points = [(first, start) for first, start in zip(firsts, known, strict=True) if start is not None]
    points.append((firsts[-1] + 4, end))
    places = np.interp(firsts, [point[0] for point in points], [point[1] for point in points])
    return [int(place) for place in np.maximum.accumulate(places)]


def _sound_end(speech: Speech) -> int:
    """Where the last phone that is no pause ends."""
    end = len(speech.pcm)
    for mark in reversed(speech.phones):
        if not _is_pause(mark):
            break
        end = mark.sample
    return end


def _hurry(
    pcm: NDArray[np.int16], spans: list[tuple[int, int]], phones: list[tuple[int, str]]
) -> tuple[NDArray[np.int16], list[tuple[int, int]], list[tuple[int, str]]]:
    """Cut the middle out of every long pause between words."""
    keep = int(_LONGEST_KEPT_PAUSE_S * NATIVE_RATE_HZ)
    cuts = [
        (end + keep // 2, start - keep // 2) for (_, end), (start, _) in itertools.pairwise(spans) if start - end > keep
    ]
    kept = np.ones(len(pcm), bool)
    for start, stop in cuts:
        kept[start:stop] = False
    new_index = np.concatenate([[0], np.cumsum(kept)])
    last = len(pcm)

    def place(sample: int) -> int:
        return int(new_index[min(sample, last)])

    return (
        pcm[kept],
        [(place(start), max(place(end), place(start) + 1)) for start, end in spans],
        [(place(start), label) for start, label in phones],
    )


def _is_pause(mark: Mark) -> bool:
    return mark.label.startswith("_") or not mark.label


def _plain(label: str) -> str:
    """A phone without stress marks."""
    bare = label.lstrip("',%=").rstrip("-")
    return "_" if not bare or bare.startswith("_") else bare
