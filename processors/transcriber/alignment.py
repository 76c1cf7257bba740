"""Tokens aligned with the sound → words with times; bad times are found, evened out and flagged.

Whisper's alignment (dynamic time warping over cross-attention, as in OpenAI's `timing.py`) gives every token a first
frame, and so a word ends where the next begins: a word before a pause swallows it, the first one the silence before
it, and numbers often collapse into one frame. Where the first begins is told better by the first time token that the
model would write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from processors.transcriber.heard import DECIMALS, SpokenWord
from processors.transcriber.stretch import Stretch

TOKEN_S = 0.02
"""One frame of the encoder's output."""
SHORTEST_S = 0.02
LAST_WORD_S = 0.5
"""The last word is heard until the sound ends, if that is not later than this after its last token."""
TYPICAL_SHARE = 0.5
"""What a word usually lasts, as a share of the longest that it may."""
LAST_ONSET_S = 1.0
"""Whisper's decoder lets no later time token come first."""
ONSET_LEAVES_S = 0.06
"""No word is shorter than this because speech was said to begin late."""
BASE_S = 0.35
PER_LETTER_S = 0.11
"""A word of n letters lasts at most BASE_S + n · PER_LETTER_S; Hangul, a syllable a letter, three times that."""
PER_SYLLABLE_S = 0.33
OPENING = "\"'“¿([{-"
CLOSING = "\"'.。,，!！?？:：”)]}、…;"


@dataclass(frozen=True, slots=True)
class WordTokens:
    """A word and how it was spelt."""

    text: str
    tokens: int
    probability: float


def word_tokens(
    split: tuple[Sequence[str], Sequence[Sequence[int]]], probabilities: Sequence[float]
) -> list[WordTokens]:
    """Words as a tokenizer splits them (texts, and the tokens of each), with the mean probability of their tokens."""
    words = []
    place = 0
    for text, tokens in zip(*split, strict=True):
        mean = float(np.mean(probabilities[place : place + len(tokens)]))
        words.append(WordTokens(text, len(tokens), round(mean, DECIMALS)))
        place += len(tokens)
    return words


def first_frames(alignments: Sequence[tuple[int, int]], tokens: int) -> list[int]:
    """First encoder frame of each of `tokens` tokens, and of the end; a token that was never reached takes the next's.

    `alignments` are (token, frame) pairs along the warping path.
    """
    last = max((frame for _, frame in alignments), default=0) + 1
    starts = [-1] * (tokens + 1)
    for token, frame in alignments:
        if token <= tokens and starts[token] < 0:
            starts[token] = frame
    if starts[tokens] < 0:
        starts[tokens] = last
    for token in range(tokens - 1, -1, -1):
        if starts[token] < 0:
            starts[token] = starts[token + 1]
    return starts


def spoken_words(
    words: Sequence[WordTokens], frames: Sequence[int], within: Stretch, onset_s: float = 0.0
) -> tuple[SpokenWord, ...]:
    """Words with times inside `within`: trimmed beside pauses, evened out and flagged where alignment failed.

    The first begins at `onset_s`, unless that is 0 or too little of it would be left.
    """
    begin_s, end_s = within.from_s, within.to_s
    places = np.cumsum([0, *(word.tokens for word in words)])
    times = [min(max(frames[place] * TOKEN_S, begin_s), end_s) for place in places]
    if end_s - times[-1] < LAST_WORD_S:
        times[-1] = end_s
    timed = [
        SpokenWord(word.text, start, max(start, end), word.probability)
        for word, start, end in zip(words, times[:-1], times[1:], strict=True)
    ]
    return tuple(even_out(begin_at(onset_s, trim(join_punctuation(timed))), within))


def join_punctuation(words: Sequence[SpokenWord]) -> list[SpokenWord]:
    """Marks stick to the word that they belong to: opening ones to the next, all others to the one before.

    A blank before the first word stands for the quiet there, and goes.
    """
    joined: list[SpokenWord] = []
    opening: SpokenWord | None = None
    for word in words:
        mark = word.text.strip()
        if not mark and not joined and opening is None:
            continue
        if opening is not None:
            word = replace(word, text=opening.text + word.text.lstrip())  # noqa: PLW2901
            opening = None
        if mark and all(letter in OPENING for letter in mark) and word.text.startswith(" "):
            opening = word
        elif joined and (not mark or all(letter in CLOSING for letter in mark)):
            joined[-1] = replace(joined[-1], text=joined[-1].text + word.text)
        else:
            joined.append(word)
    return [*joined, opening] if opening is not None else joined


def trim(words: Sequence[SpokenWord]) -> list[SpokenWord]:
    """Shortens words that swallowed a pause: the first from its start, all others from their end."""
    trimmed = []
    for place, word in enumerate(words):
        longest_s = _longest_s(word.text)
        if word.end_s - word.start_s <= longest_s:
            trimmed.append(word)
        elif place == 0:
            trimmed.append(replace(word, start_s=word.end_s - longest_s))
        else:
            trimmed.append(replace(word, end_s=word.start_s + longest_s))
    return trimmed


def begin_at(onset_s: float, words: Sequence[SpokenWord]) -> list[SpokenWord]:
    """Lets the first word begin at `onset_s`, if that leaves a part of it that can be heard.

    0 tells nothing (many models write it whatever they hear), and the last time that may come first is a lower bound.
    """
    begun = list(words)
    if begun and 0.0 < onset_s <= begun[0].end_s - ONSET_LEAVES_S:
        start_s = onset_s if onset_s < LAST_ONSET_S else max(onset_s, begun[0].start_s)
        begun[0] = replace(begun[0], start_s=start_s)
    return begun


def even_out(words: Sequence[SpokenWord], within: Stretch) -> list[SpokenWord]:
    """Gives each run of words without a duration its share of the time between its neighbours."""
    evened = list(words)
    place = 0
    while place < len(evened):
        stop = place
        while stop < len(evened) and evened[stop].end_s - evened[stop].start_s < SHORTEST_S:
            stop += 1
        if stop > place:
            _spread(evened, place, stop, within)
        place = stop + 1
    return evened


def _spread(words: list[SpokenWord], first: int, stop: int, within: Stretch) -> None:
    """Spreads words[first:stop] by length between the neighbours, which give up to half of their time for it."""
    lengths = np.array([_longest_s(word.text) for word in words[first:stop]])
    start_s = words[first - 1].end_s if first else within.from_s
    until_s = words[stop].start_s if stop < len(words) else within.to_s
    missing_s = max(0.0, TYPICAL_SHARE * float(lengths.sum()) - (until_s - start_s))
    if missing_s and first:
        before = words[first - 1]
        start_s = max((before.start_s + before.end_s) / 2, start_s - missing_s / 2)
        words[first - 1] = replace(before, end_s=start_s)
    if missing_s and stop < len(words):
        after = words[stop]
        until_s = min((after.start_s + after.end_s) / 2, until_s + missing_s / 2)
        words[stop] = replace(after, start_s=until_s)
    until_s = min(until_s, start_s + float(lengths.sum()))
    edges = start_s + np.concatenate(([0.0], np.cumsum(lengths) / lengths.sum())) * max(0.0, until_s - start_s)
    for index, word in enumerate(words[first:stop]):
        start, end = float(edges[index]), float(edges[index + 1])
        words[first + index] = replace(word, start_s=start, end_s=end, interpolated=True)


def _longest_s(text: str) -> float:
    letters = text.strip()
    syllables = sum("가" <= letter <= "힣" for letter in letters)
    return BASE_S + PER_SYLLABLE_S * syllables + PER_LETTER_S * (len(letters) - syllables)
