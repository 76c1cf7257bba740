"""The decoding ladder: when a decoding is not good enough, and what is tried next.

Whisper's own ladder samples at rising temperatures. CTranslate2 seeds its generator once per thread and for good
(4.8.5: `set_random_seed` after the first sample changes nothing), so a sampled decode could not be replayed. Every
rung here is a search without chance: the fitted context, then the full 30 s, then a search that may not repeat itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf

from processors.transcriber.context import FULL_FRAMES, MEL_FRAMES_PER_S
from processors.transcriber.echo import is_echo
from processors.transcriber.heard import Heard


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one decoding is done."""

    context: int
    """Encoder input in mel frames."""
    beam_size: int
    token_limit: int
    """Most text tokens; a decoding that reaches it counts as incomplete."""
    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 0
    """Length in tokens of a run that may not occur twice; 0 for no such rule."""
    hotwords: bool = True
    time_tokens_from_s: float = inf
    """Sound that is at least so long is decoded with time tokens among the words."""

    def is_timed(self, duration_s: float) -> bool:
        """Whether so much sound is decoded with time tokens."""
        return duration_s >= self.time_tokens_from_s


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a decoding stops being good enough."""

    avg_logprob: float = -1.0
    compression_ratio: float = 2.4
    no_speech: float = 0.6


TOKENS_AT_LEAST = 32
TOKENS_PER_S = 30
"""No speech needs more, Korean spelt in bytes included: a loop is stopped there."""
MOST_TOKENS = 224
"""Half of Whisper's decoder positions."""
LOOSENED_PENALTY = 1.15
LOOSENED_NGRAM = 4
ECHO = "echo"
"""The fault of a text that is nothing but hotwords."""


def first_attempt(context: int, beam_size: int, time_tokens_from_s: float = inf) -> Attempt:
    """How a batch is decoded. All of it follows from the context, so no window's text depends on its company."""
    limit = token_limit(context / MEL_FRAMES_PER_S)
    return Attempt(context, beam_size, limit, time_tokens_from_s=time_tokens_from_s)


def further_attempts(first: Attempt, duration_s: float, fault: str) -> tuple[Attempt, ...]:
    """What is tried next, one window at a time, when the first attempt at it had this fault.

    An echo of the hotwords is first decoded as it was, without them; and then no more with them.
    """
    limit = token_limit(duration_s)
    told = fault != ECHO
    rungs = [] if told else [replace(first, hotwords=False)]
    full = replace(first, context=FULL_FRAMES, token_limit=limit, hotwords=told)
    if first.context < FULL_FRAMES:
        rungs.append(full)
    loosened = replace(full, repetition_penalty=LOOSENED_PENALTY, no_repeat_ngram=LOOSENED_NGRAM, hotwords=False)
    return (*rungs, loosened)


def token_limit(duration_s: float) -> int:
    """Most text tokens for so much sound."""
    return min(TOKENS_AT_LEAST + int(TOKENS_PER_S * duration_s), MOST_TOKENS)


def average_logprob(score: float, tokens: int) -> float:
    """Mean log probability of `tokens` text tokens and the end after them, of CTranslate2's score for the text.

    0 where nothing was said: that score is a quotient by the length, and then no number.
    """
    return score * tokens / (tokens + 1) if tokens else 0.0


def fault_of(heard: Heard, thresholds: Thresholds) -> str:
    """Why this decoding should be tried again, or an empty string.

    After OpenAI's `transcribe`: silence is no fault, however unlikely its text.
    """
    if is_silence(heard, thresholds):
        return ""
    if is_echo(heard.text, heard.hotwords):
        return ECHO
    if not heard.complete:
        return "no_end"
    if heard.compression_ratio > thresholds.compression_ratio:
        return "repetition"
    if heard.avg_logprob < thresholds.avg_logprob:
        return "logprob"
    return ""


def is_silence(heard: Heard, thresholds: Thresholds) -> bool:
    """Whether the model doubts both that someone spoke and its own text."""
    return heard.no_speech_prob > thresholds.no_speech and heard.avg_logprob < thresholds.avg_logprob


def best_of(tried: Iterable[Heard], thresholds: Thresholds) -> Heard:
    """The decoding to keep where none was good enough: no echo, finished, unrepeated and likely, in this order."""
    return max(
        tried,
        key=lambda heard: (
            not is_echo(heard.text, heard.hotwords),
            heard.complete,
            heard.compression_ratio <= thresholds.compression_ratio,
            heard.avg_logprob,
        ),
    )
