"""Where utterances lie in a window of sound: alone, one after the other, or cut off at both ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.training.corpus import Shard, Utterance

Sound = NDArray[np.float32]
RATE_HZ = 16_000
_LEAST_INSIDE = 0.6
"""A word belongs to a cut window when this share of it is inside."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The words of one utterance that a window holds; times in samples from the window's start."""

    language: str
    words: list[str]
    spans: list[tuple[int, int]]
    whole: bool
    """Whether the utterance's last word is inside, so that its full stop is written."""


@dataclass(slots=True)
class Scene:
    """A window's sound and who says what in it."""

    sound: Sound
    placed: list[Placed] = field(default_factory=list)
    phone_starts: list[NDArray[np.int32]] = field(default_factory=list)
    phones: list[list[str]] = field(default_factory=list)
    phone_ends: list[int] = field(default_factory=list)
    end: int = 0
    """Where the sound that belongs to the window ends, in samples."""

    @property
    def language(self) -> str:
        """The language of most of the speech."""
        share = {"en": 0, "ko": 0}
        for placed in self.placed:
            if placed.spans:
                share[placed.language] += placed.spans[-1][1] - placed.spans[0][0]
        return max(share, key=lambda language: share[language])


class Library:
    """Utterances of some shards, by length."""

    def __init__(self, shards: list[Shard], rng: np.random.Generator) -> None:
        self._rng = rng
        pairs = [(shard, utterance) for shard in shards for utterance in shard.utterances]
        pairs.sort(key=lambda pair: pair[1].samples)
        self._pairs = pairs
        self._lengths = np.array([utterance.samples for _, utterance in pairs])

    def length_s(self, quantile: float) -> float:
        """The length that this share of the utterances stays under."""
        return float(self._lengths[int(quantile * len(self._lengths))]) / RATE_HZ

    def pick(self, shortest_s: float, longest_s: float) -> tuple[Sound, Utterance]:
        """A random utterance of about this length, its sound scaled to ±1."""
        first, last = np.searchsorted(self._lengths, [shortest_s * RATE_HZ, longest_s * RATE_HZ])
        if last <= first:
            first, last = max(0, last - 50), max(1, last)
        shard, utterance = self._pairs[int(self._rng.integers(first, last))]
        return shard.sound(utterance).astype(np.float32) / 32_768, utterance

    def pick_language(self, language: str | None, longest_s: float) -> tuple[Sound, Utterance]:
        """A random utterance of a language, or of any."""
        for _ in range(8):
            sound, utterance = self.pick(0.3, longest_s)
            if language is None or utterance.language == language:
                break
        return sound, utterance


def place_one(library: Library, samples: int, length_s: tuple[float, float], lead_s: float) -> Scene:
    """One utterance after `lead_s` of silence."""
    sound, utterance = library.pick(*length_s)
    scene = Scene(np.zeros(samples, np.float32))
    room = max(0, samples - len(sound) - RATE_HZ // 10)
    _put(scene, sound, utterance, min(int(lead_s * RATE_HZ), room))
    return scene


def place_many(library: Library, samples: int, rng: np.random.Generator, lead_s: float) -> Scene:
    """Several utterances with pauses of 0.05 … 2 s, in one language or now and then in both."""
    scene = Scene(np.zeros(samples, np.float32))
    one_language = rng.random() < 0.8
    language: str | None = None
    position = int(min(lead_s, samples / RATE_HZ / 2) * RATE_HZ)
    longest_pause_s = rng.choice((0.4, 1.0, 2.0))
    most = max(8, samples // (2 * RATE_HZ))
    for _ in range(int(rng.integers(2, most))):
        room_s = (samples - position) / RATE_HZ - 0.15
        if room_s < 0.6:
            break
        sound, utterance = library.pick_language(language, min(8.0, room_s))
        if position + len(sound) > samples:
            break
        _put(scene, sound, utterance, position)
        language = utterance.language if one_language else None
        position += len(sound) + int(rng.uniform(0.05, longest_pause_s) * RATE_HZ)
    return scene


def place_cut(library: Library, samples: int, rng: np.random.Generator) -> Scene:
    """A piece out of ongoing speech: it may begin and end in the middle of a word."""
    length = int(rng.uniform(0.55, 1.0) * samples)
    before = int(rng.uniform(0.0, 4.0) * RATE_HZ)
    whole = Scene(np.zeros(before + length + 15 * RATE_HZ, np.float32))
    language, position = None, 0
    pause_s = rng.choice((0.12, 0.3, 0.8))
    while position < before + length:
        sound, utterance = library.pick_language(language, 9.0)
        _put(whole, sound, utterance, position)
        language = utterance.language
        position += len(sound) + int(rng.uniform(0.03, pause_s) * RATE_HZ)
    return _cut(whole, before, length, samples)


def _put(scene: Scene, sound: Sound, utterance: Utterance, position: int) -> None:
    stop = min(position + len(sound), len(scene.sound))
    scene.sound[position:stop] += sound[: stop - position]
    spans = [(int(a) + position, int(b) + position) for a, b in utterance.words]
    scene.placed.append(Placed(utterance.language, utterance.text.split(), spans, True))
    scene.phone_starts.append(utterance.phone_starts + position)
    scene.phones.append([f"{utterance.language}:{phone}" for phone in utterance.phones])
    scene.phone_ends.append(spans[-1][1])
    scene.end = stop


def _cut(whole: Scene, start: int, length: int, samples: int) -> Scene:
    """The stretch [start, start + length) of a scene, as a scene of `samples`."""
    scene = Scene(np.zeros(samples, np.float32), end=length)
    scene.sound[:length] = whole.sound[start : start + length]
    for placed in whole.placed:
        inside = [_inside(span, start, length) for span in placed.spans]
        kept = [n for n, share in enumerate(inside) if share >= _LEAST_INSIDE]
        if kept:
            spans = [_clipped(placed.spans[n], start, length) for n in kept]
            last = kept[-1] == len(placed.words) - 1
            words = [placed.words[n] for n in kept]
            scene.placed.append(Placed(placed.language, words, spans, last))
    scene.phone_starts = [starts - start for starts in whole.phone_starts]
    scene.phones = whole.phones
    scene.phone_ends = [min(end - start, length) for end in whole.phone_ends]
    return scene


def _inside(span: tuple[int, int], start: int, length: int) -> float:
    """The share of a span that lies in [start, start + length)."""
    overlap = min(span[1], start + length) - max(span[0], start)
    return overlap / max(1, span[1] - span[0])


def _clipped(span: tuple[int, int], start: int, length: int) -> tuple[int, int]:
    first = max(0, span[0] - start)
    return first, max(first + 1, min(length, span[1] - start))
