"""Character errors between what was said and what was written."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

_NOT_SPOKEN = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class CharacterErrors:
    """Edits that turn the hypothesis into the reference; errors of several texts add up."""

    edits: int
    reference_chars: int

    @property
    def cer(self) -> float:
        """Edits per reference character; with nothing to say, 0 for nothing written, else infinite."""
        if self.reference_chars:
            return self.edits / self.reference_chars
        return float("inf") if self.edits else 0.0

    def __add__(self, other: "CharacterErrors") -> "CharacterErrors":
        return CharacterErrors(self.edits + other.edits, self.reference_chars + other.reference_chars)


def normalise(text: str) -> str:
    """Lower case, no punctuation, single spaces, composed Hangul."""
    composed = unicodedata.normalize("NFKC", text).lower()
    return " ".join(_NOT_SPOKEN.sub(" ", composed).split())


def score(reference: str, hypothesis: str) -> CharacterErrors:
    """Compare two texts after normalisation, spaces included."""
    said, written = normalise(reference), normalise(hypothesis)
    return CharacterErrors(Levenshtein.distance(said, written), len(said))


def total(errors: Iterable[CharacterErrors]) -> CharacterErrors:
    """The errors of several texts together."""
    return sum(errors, CharacterErrors(0, 0))
