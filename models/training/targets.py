"""What the network should answer for a scene: tokens, where each is heard, and phones by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.placing import Placed, Scene
from models.training.tokens import Vocabulary

FRAME_SAMPLES = 320
"""One encoder position: 20 ms."""
FIRST_TIME_LIMIT = 50
"""The first time token may be 1.00 s at most: the decoder allows no later one."""
NOTHING = -1
_AFTER_END_FRAMES = 15
_LONGEST_PAUSE_FRAMES = 150
"""A full stop is heard over the whole pause that follows it, so that the next word does not begin there."""
_PUNCTUATION = ",."
LEAD = " "
"""A window's text begins with a bare space, heard over the quiet before the first word. An alignment (dynamic time
warping) lets the first token begin at 0, whatever it is: so that is this one, and the first word begins where it does.
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Decoder input and output; all lists have the same length."""

    tokens: list[int]
    answers: list[int]
    """The next token; NOTHING where none is asked."""
    spans: list[tuple[int, int]]
    """Where the answer is heard, in frames [first, last); (0, 0) where that is not asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a scene is to be written."""

    prompt: list[int]
    with_times: bool
    frames: int
    """Length of the window in encoder positions."""


def speech_target(vocabulary: Vocabulary, scene: Scene, wanted: Wanted) -> Target:
    """Tokens for a scene with speech."""
    language = vocabulary.special(f"<|{scene.language}|>")
    ids, spans = _body(vocabulary, scene, wanted)
    spans.append(_after(scene.placed[-1].spans[-1][1] // FRAME_SAMPLES, wanted.frames))
    return _assembled(vocabulary, wanted, language, (ids, spans))


def silence_target(vocabulary: Vocabulary, language: str, wanted: Wanted) -> Target:
    """Tokens for a scene in which nothing is said: no speech at the start, then no text."""
    answer = vocabulary.special("<|nospeech|>")
    body = [vocabulary.time(0)] if wanted.with_times else []
    target = _assembled(vocabulary, wanted, answer, (body, [(0, 0)] * (len(body) + 1)))
    target.tokens[len(wanted.prompt) + 1] = vocabulary.special(f"<|{language}|>")
    return target


def phone_frames(scene: Scene, classes: dict[str, int], frames: int) -> NDArray[np.int64]:
    """The phone heard at each encoder position; 0 is none."""
    labels = np.zeros(frames, np.int64)
    for starts, phones, end in zip(scene.phone_starts, scene.phones, scene.phone_ends, strict=True):
        first = max(0, int(starts[0]) // FRAME_SAMPLES)
        last = min(frames, end // FRAME_SAMPLES + 1)
        if last <= first:
            continue
        middles = np.arange(first, last) * FRAME_SAMPLES + FRAME_SAMPLES // 2
        index = np.searchsorted(starts, middles, "right") - 1
        ids = np.array([classes.get(phone, 1) for phone in phones])
        labels[first:last] = np.where(index >= 0, ids[np.maximum(index, 0)], 0)
    return labels


def _assembled(
    vocabulary: Vocabulary, wanted: Wanted, first_answer: int, body: tuple[list[int], list[tuple[int, int]]]
) -> Target:
    """Prompt, start, language, task and body as decoder input and answers."""
    start, task = vocabulary.special("<|startoftranscript|>"), vocabulary.special("<|transcribe|>")
    end, untimed = vocabulary.special("<|endoftext|>"), vocabulary.special("<|notimestamps|>")
    ids, spans = body
    tokens = [*wanted.prompt, start, first_answer, task, *([] if wanted.with_times else [untimed]), *ids]
    head = len(tokens) - len(ids)
    answers = [*tokens[1:], end]
    for index in range(head - 1):
        answers[index] = NOTHING
    answers[len(wanted.prompt)] = first_answer
    return Target(tokens, answers, [(0, 0)] * (head - 1) + spans)


def _body(vocabulary: Vocabulary, scene: Scene, wanted: Wanted) -> tuple[list[int], list[tuple[int, int]]]:
    """Text tokens, in time tokens if wanted, and where each is heard."""
    ids: list[int] = []
    spans: list[tuple[int, int]] = []
    for number, placed in enumerate(scene.placed):
        following = scene.placed[number + 1].spans[0][0] if number + 1 < len(scene.placed) else None
        text_ids, text_spans = _text(vocabulary, placed, following, wanted.frames)
        if number == 0:
            text_ids = [*vocabulary.encode(LEAD)[0], *text_ids]
            text_spans = [_before(placed.spans[0][0] // FRAME_SAMPLES, wanted.frames), *text_spans]
        if wanted.with_times:
            first_heard = first = min(round(placed.spans[0][0] / FRAME_SAMPLES), wanted.frames)
            last = min(round(placed.spans[-1][1] / FRAME_SAMPLES), wanted.frames)
            first = min(first, FIRST_TIME_LIMIT) if number == 0 else first
            text_ids = [vocabulary.time(first), *text_ids, vocabulary.time(last)]
            text_spans = [_edge(first_heard, wanted.frames), *text_spans, _edge(last, wanted.frames)]
        ids += text_ids
        spans += text_spans
    return ids, spans


def _text(
    vocabulary: Vocabulary, placed: Placed, following: int | None, frames: int
) -> tuple[list[int], list[tuple[int, int]]]:
    """Ids of one utterance's words and the frames in which each is heard."""
    text = " " + " ".join(placed.words)
    if not placed.whole:
        text = text.rstrip(_PUNCTUATION)
    times = _character_times(text, placed, following, frames)
    ids, offsets = vocabulary.encode(text)
    return ids, [_token_span(text, times, offset, frames) for offset in offsets]


def _character_times(text: str, placed: Placed, following: int | None, frames: int) -> NDArray[np.float64]:
    """Start and end in frames of each character, [characters, 2]."""
    times = np.zeros((len(text), 2))
    position = 0
    for number, (word, (start, end)) in enumerate(zip(placed.words, placed.spans, strict=True)):
        position = text.index(" ", position) + 1 if number else 1
        spoken = word.rstrip(_PUNCTUATION) or word
        edges = np.linspace(start, end, len(spoken) + 1) / FRAME_SAMPLES
        times[position : position + len(spoken), 0] = edges[:-1]
        times[position : position + len(spoken), 1] = edges[1:]
        pause_end = placed.spans[number + 1][0] if number + 1 < len(placed.spans) else following
        stop = (pause_end or 10**9) / FRAME_SAMPLES
        longest = _LONGEST_PAUSE_FRAMES if pause_end else _AFTER_END_FRAMES
        pause = end / FRAME_SAMPLES, min(stop, end / FRAME_SAMPLES + longest, frames)
        times[position + len(spoken) : position + len(word)] = pause
        position += len(spoken)
    return times


def _token_span(text: str, times: NDArray[np.float64], offset: tuple[int, int], frames: int) -> tuple[int, int]:
    """Frames of the token that stands for text[offset], its leading space aside; at least one."""
    first, last = offset
    while text[first] == " ":
        first, last = first + 1, max(last, first + 2)
    start = min(max(0, round(times[first, 0])), frames - 1)
    return start, min(frames, max(start + 1, round(times[last - 1, 1])))


def _edge(frame: int, frames: int) -> tuple[int, int]:
    """Where an utterance's first or last moment is heard: two frames before and after."""
    middle = min(frame, frames - 1)
    return max(0, middle - 2), min(frames, middle + 3)


def _before(start: int, frames: int) -> tuple[int, int]:
    """Where the quiet before the first word is heard: at least one frame."""
    last = min(max(1, start), frames)
    return max(0, last - _LONGEST_PAUSE_FRAMES), last


def _after(end: int, frames: int) -> tuple[int, int]:
    """Where the end of the text is heard: just after the last sound."""
    start = min(end, frames - 1)
    return start, min(frames, start + _AFTER_END_FRAMES)
