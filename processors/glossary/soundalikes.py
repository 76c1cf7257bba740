"""Terms and aliases by their sound: the nearest to what was heard, searched among those of like length."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from processors.glossary.hangul import is_hangul
from processors.glossary.lexicon import Spelling
from processors.glossary.spoken import spoken_form

MIN_LATIN_SOUNDS = 5
SURE_LATIN_SOUNDS = 8
"""Shorter forms must be spelled alike as well: `counsel` sounds like `council` and is another word."""
MIN_SPELLED_SIMILARITY = 0.75
MIN_HANGUL_SYLLABLES = 3
NEAREST = 8
REMEMBERED = 8192
"""Speech repeats itself: so many look-ups are remembered."""


@dataclass(frozen=True, slots=True)
class Soundalike:
    """A term that sounds like what was heard."""

    spelling: Spelling
    score: float
    """Similarity of the spoken forms, 0–100."""


class Soundalikes:
    """An index of spoken forms, in blocks of equal first sound and length."""

    def __init__(self, spellings: Iterable[Spelling]) -> None:
        self._by_sound: dict[str, list[Spelling]] = defaultdict(list)
        for spelling in spellings:
            sound = spoken_form(spelling.key)
            if is_long_enough(spelling.key, sound):
                self._by_sound[sound].append(spelling)
        blocks: dict[tuple[str, int], list[str]] = defaultdict(list)
        for sound in sorted(self._by_sound):
            blocks[sound[0], len(sound)].append(sound)
        self._blocks = dict(blocks)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._search)

    def __bool__(self) -> bool:
        """Whether anything can be found."""
        return bool(self._blocks)

    def nearest(self, sound: str, language: str, least: float) -> tuple[Soundalike, ...]:
        """Terms with the same first sound and a score of at least `least` (0–100), best first, each once."""
        return self._remembered(sound, language, least)

    def _search(self, sound: str, language: str, least: float) -> tuple[Soundalike, ...]:
        best: dict[str, Soundalike] = {}
        share = least / 100
        for length in range(max(1, int(len(sound) * share)), int(len(sound) / max(share, 0.5)) + 2):
            block = self._blocks.get((sound[0], length))
            if block is None:
                continue
            hits = process.extract(
                sound, block, scorer=Levenshtein.normalized_similarity, score_cutoff=share, limit=NEAREST
            )
            for other, similarity, _ in hits:
                for spelling in self._by_sound[other]:
                    candidate = Soundalike(spelling, round(100 * similarity, 1))
                    known = best.get(spelling.term.term)
                    if spelling.serves(language) and (known is None or known.score < candidate.score):
                        best[spelling.term.term] = candidate
        return tuple(sorted(best.values(), key=lambda candidate: (-candidate.score, candidate.spelling.term.term)))


def is_long_enough(key: str, sound: str) -> bool:
    """Whether a phrase is long enough to be told apart by sound alone."""
    if not sound:
        return False
    joined = key.replace(" ", "")
    if is_hangul(joined):
        return len(joined) >= MIN_HANGUL_SYLLABLES
    return len(sound) >= MIN_LATIN_SOUNDS


def is_spelled_alike(heard: str, spelled: str, sound: str) -> bool:
    """Whether short Latin forms that sound alike are also written alike."""
    if len(sound) >= SURE_LATIN_SOUNDS or is_hangul(heard.replace(" ", "")):
        return True
    similarity = Levenshtein.normalized_similarity(heard.replace(" ", ""), spelled.replace(" ", ""))
    return bool(similarity >= MIN_SPELLED_SIMILARITY)
