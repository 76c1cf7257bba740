"""A transcript as sentence-like pieces: each word in exactly one, in order, written as Whisper wrote them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import Transcript, Word

_SENTENCE_END = re.compile(r"[.?!…。？！]+[\"'”’)\]」』]*$")
_ABBREVIATION = re.compile(r"^[\"'“‘(]*(?:mr|mrs|ms|dr|st|no|vs|jr|sr|e\.g|i\.e|a\.m|p\.m|[a-z])\.$", re.IGNORECASE)
_NUMBER = re.compile(r"^\W*\d")


SURE = 0.9
"""The probability of a word from which the model counts as sure of it: misheard ones are below (seen at 0.5 to 0.8)."""


@dataclass(frozen=True, slots=True)
class SentenceLimits:
    """Where pieces end apart from punctuation."""

    gap_samples: int
    """A pause between two words from which they are two pieces."""
    max_samples: int
    """Longest piece; a single longer word is one all the same."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a transcript."""

    text: str
    words: tuple[Word, ...]
    start_sample: int
    end_sample: int


def limits_of(gap_s: float, max_s: float) -> SentenceLimits:
    """The limits, from seconds."""
    return SentenceLimits(round(gap_s * SAMPLE_RATE_HZ), round(max_s * SAMPLE_RATE_HZ))


def sentences_of(transcript: Transcript, limits: SentenceLimits) -> list[Sentence]:
    """The pieces of a transcript, in order; none where it has no text. Without words, the text is one piece."""
    if not transcript.text.strip():
        return []
    if not transcript.words:
        end = max(transcript.own_from, transcript.speech_to)
        return [Sentence(transcript.text.strip(), (), transcript.own_from, end)]
    words = transcript.words
    written = _written(transcript.text, words)
    pieces = []
    for first, behind in _cuts(words, limits):
        text = "".join(written[first:behind]).strip()
        if text:
            end = max(word.end_sample for word in words[first:behind])
            pieces.append(Sentence(text, words[first:behind], words[first].start_sample, end))
    return pieces


def sure_spans(sentence: Sentence) -> tuple[tuple[int, int], ...]:
    """Where words stand in the piece's text that the model was sure of; none where the text does not hold its words."""
    spans = []
    at = 0
    for word in sentence.words:
        written = word.text.strip()
        found = sentence.text.find(written, at)
        if found < 0:
            return ()
        at = found + len(written)
        if word.probability >= SURE and not word.interpolated:
            spans.append((found, at))
    return tuple(spans)


def _cuts(words: Sequence[Word], limits: SentenceLimits) -> Iterator[tuple[int, int]]:
    """First word, and the word behind the last, of each piece."""
    first = 0
    for at in range(1, len(words)):
        if _ends_between(words[at - 1], words[at], limits) or (
            words[at].end_sample - words[first].start_sample > limits.max_samples
        ):
            yield first, at
            first = at
    yield first, len(words)


def _ends_between(word: Word, following: Word, limits: SentenceLimits) -> bool:
    if following.start_sample - word.end_sample >= limits.gap_samples:
        return True
    text = word.text.strip()
    if not _SENTENCE_END.search(text) or _ABBREVIATION.match(text):
        return False
    return not (text[-1] == "." and _NUMBER.match(text) and _NUMBER.match(following.text.strip()))


def _written(text: str, words: Sequence[Word]) -> list[str]:
    """Each word with what the text has in front of it; joined as they are where the text does not hold them."""
    pieces = []
    at = 0
    for word in words:
        found = text.find(word.text.strip(), at)
        if found < 0:
            return _joined(words)
        behind = found + len(word.text.strip())
        pieces.append(text[at:behind])
        at = behind
    pieces[-1] += text[at:]
    return pieces


def _joined(words: Sequence[Word]) -> list[str]:
    """Whisper's words carry their own spaces; where none does, one is put between them."""
    if any(word.text[:1].isspace() for word in words):
        return [word.text for word in words]
    return [" " + word.text for word in words]
