"""Words of one text against another: changed, lost, put in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize

from rapidfuzz.distance import Levenshtein

_MARKS = re.compile(r"[^\w\s']|_")
MOST = 2 / 3
BY_CHARACTER = frozenset({"ko", "ja", "zh"})


@dataclass(frozen=True, slots=True)
class Count:
    """Of all words (characters where words are not counted): how many came out other than they were said."""

    said: int = 0
    changed: int = 0
    lost: int = 0
    added: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.said + other.said,
            self.changed + other.changed,
            self.lost + other.lost,
            self.added + other.added,
        )

    @property
    def error_rate(self) -> float:
        """Errors for each word said."""
        return (self.changed + self.lost + self.added) / max(1, self.said)


def count(said: str, told: str, language: str = "en") -> Count:
    """The words of `told` against those of `said`; case and punctuation do not count.

    A word is lost where most of its letters are, and put in likewise: `blockbooks` for `block books` is a word changed
    and none lost.
    """
    before, after = units(said, language), units(told, language)
    gone = _touched(before, after, "delete")
    new = _touched(after, before, "delete")
    lost = sum(share >= MOST for share in gone)
    added = sum(share >= MOST for share in new)
    edits = int(Levenshtein.distance(before, after))
    return Count(len(before), max(0, edits - lost - added), lost, added)


def _touched(words: list[str], others: list[str], tag: str) -> list[float]:
    """The share of each word's letters that meet this edit on the way to the other words."""
    owner = [place for place, word in enumerate(words) for _ in word]
    hit = [0] * len(words)
    for step in Levenshtein.editops("".join(words), "".join(others)):
        if step.tag == tag:
            hit[owner[step.src_pos]] += 1
    return [number / len(word) for number, word in zip(hit, words, strict=True)]


def total(counts: Iterable[Count]) -> Count:
    """Their sum."""
    return sum(counts, Count())


def units(text: str, language: str) -> list[str]:
    """What is counted in this language: words, or characters."""
    words = _MARKS.sub(" ", normalize("NFC", text).lower().replace("-", " ")).split()
    return list("".join(words)) if language in BY_CHARACTER else words
