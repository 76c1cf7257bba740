"""A row's text in the smallest pieces that a caption may be cut into, each with its time. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from review.rows import Row
from schemas.audio import SAMPLE_RATE_HZ

_HANGUL = (("\u1100", "\u11ff"), ("\u3130", "\u318f"), ("\uac00", "\ud7a3"))

LONGEST_WORD_LETTERS = 8
"""Of Chinese or Japanese; what was heard as a longer one may be cut anywhere."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or in text without spaces a part of it."""

    text: str
    start_s: float
    """Stream time."""
    end_s: float
    spaced: bool
    """Whether a space stands before it."""


def pieces_of(row: Row) -> list[Piece]:
    """The row's text, composed (NFC), in pieces: words, and where Chinese or Japanese has no spaces, what was heard as
    words. Their times are those of the words; what the glossary wrote anew shares the time of what it replaced.
    """
    text = " ".join(unicodedata.normalize("NFC", row.text).split())
    letters = text.replace(" ", "")
    times, words = _timed(row, letters)
    pieces: list[Piece] = []
    at = 0
    for word in text.split():
        inside = times[at : at + len(word)]
        for number, part in enumerate(_parts(word, words[at : at + len(word)])):
            first, last = inside[part.start], inside[part.stop - 1]
            pieces.append(Piece(word[part], first[0], last[1], spaced=number == 0 and bool(pieces)))
        at += len(word)
    return _in_order(pieces, row)


def _timed(row: Row, letters: str) -> tuple[list[Interval], list[int]]:
    """For each letter of the text its time in seconds, and the number of the word that was heard there."""
    heard: list[tuple[str, Interval, int]] = []
    for number, word in enumerate(row.words):
        written = "".join(unicodedata.normalize("NFC", word.text).split())
        spans = _spread(word.start_sample / SAMPLE_RATE_HZ, word.end_sample / SAMPLE_RATE_HZ, len(written))
        heard += [(letter, span, number) for letter, span in zip(written, spans, strict=True)]
    if not heard:
        return _spread(row.start_s, row.end_s, len(letters)), list(range(len(letters)))
    spoken = "".join(letter for letter, _, _ in heard)
    times: list[Interval] = []
    words: list[int] = []
    for _, i, j, first, behind in SequenceMatcher(None, spoken, letters, autojunk=False).get_opcodes():
        if j - i == behind - first:
            times += [span for _, span, _ in heard[i:j]]
            words += [number for _, _, number in heard[i:j]]
            continue
        start, end = (heard[i][1][0], heard[j - 1][1][1]) if j > i else (heard[max(0, i - 1)][1][1],) * 2
        times += _spread(start, end, behind - first)
        words += [heard[min(i, len(heard) - 1)][2]] * (behind - first)
    return times, words


def _spread(start: float, end: float, parts: int) -> list[Interval]:
    step = (end - start) / parts if parts else 0.0
    return [(start + step * part, start + step * (part + 1)) for part in range(parts)]


def _parts(word: str, heard: Sequence[int]) -> Iterator[slice]:
    """The parts of a run without spaces: cut between Chinese or Japanese letters where one heard word follows another.

    What holds no letter or digit stays with what it follows, so that no line begins with a full stop.
    """
    first = 0
    for at in range(1, len(word)):
        is_border = heard[at - 1] != heard[at] or heard.count(heard[at]) > LONGEST_WORD_LETTERS
        if is_border and word[at].isalnum() and _is_spaceless(word[at - 1]) and _is_spaceless(word[at]):
            yield slice(first, at)
            first = at
    yield slice(first, len(word))


def is_wide(letter: str) -> bool:
    """Whether the letter is as wide as two of Latin script (Unicode's East Asian Width)."""
    return unicodedata.east_asian_width(letter) in "WF"


def _is_spaceless(letter: str) -> bool:
    """Whether words of its script are written without spaces: wide, and not Hangul."""
    return is_wide(letter) and not any(low <= letter <= high for low, high in _HANGUL)


def _in_order(pieces: list[Piece], row: Row) -> list[Piece]:
    """The pieces with times that never go back, the first and the last at the row's own ends."""
    ordered = []
    at = row.start_s
    for piece in pieces:
        start = max(at, piece.start_s)
        at = max(start, piece.end_s)
        ordered.append(replace(piece, start_s=start, end_s=at))
    if ordered:
        ordered[0] = replace(ordered[0], start_s=row.start_s)
        ordered[-1] = replace(ordered[-1], end_s=max(at, row.end_s))
    return ordered
