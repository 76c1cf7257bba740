"""Word and character errors of one text against another; the only file that imports jiwer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize

import jiwer

_PUNCTUATION = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Errors:
    """Edits, and the length of the text they are counted against. Sums of two are those of both texts."""

    word_edits: int = 0
    words: int = 0
    character_edits: int = 0
    characters: int = 0

    @property
    def wer(self) -> float:
        """Word errors for each word of the reference; 1 for words where none should be."""
        return _rate(self.word_edits, self.words)

    @property
    def cer(self) -> float:
        """Character errors for each character of the reference; 1 for characters where none should be."""
        return _rate(self.character_edits, self.characters)

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(
            self.word_edits + other.word_edits,
            self.words + other.words,
            self.character_edits + other.character_edits,
            self.characters + other.characters,
        )


def count_errors(pairs: Iterable[tuple[str, str]], *, loose: bool = False) -> Errors:
    """The errors of the second text of each pair against the first; `loose` passes over case and punctuation."""
    return sum((_errors(*_even(old, new, loose)) for old, new in pairs), Errors())


def _errors(old: str, new: str) -> Errors:
    words, characters = len(old.split()), len(old)
    if old == new:
        return Errors(0, words, 0, characters)
    if not old or not new:  # jiwer counts nothing against an empty reference
        longer = new or old
        return Errors(len(longer.split()), words, len(longer), characters)
    by_words = jiwer.process_words(old, new)
    by_characters = jiwer.process_characters(old, new)
    return Errors(_edits(by_words), words, _edits(by_characters), characters)


def _edits(output: jiwer.WordOutput | jiwer.CharacterOutput) -> int:
    return output.substitutions + output.deletions + output.insertions


def _even(old: str, new: str, loose: bool) -> tuple[str, str]:
    return _evened(old, loose), _evened(new, loose)


def _evened(text: str, loose: bool) -> str:
    """The text composed (NFC), so that one letter counts as one however a keyboard or a file system wrote it."""
    text = normalize("NFC", text)
    if loose:
        text = _PUNCTUATION.sub(" ", normalize("NFC", text.casefold()))
    return " ".join(text.split())


def _rate(edits: int, length: int) -> float:
    return edits / length if length else float(edits > 0)
