"""What the model said of one window, before anyone judged it."""

from dataclasses import dataclass

DECIMALS = 4
"""What is told of a probability: past the seventh decimal it depends on the company in the batch."""


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word in window time."""

    text: str
    """With the space before it, where the language has one: joined, the words are the text."""
    start_s: float
    end_s: float
    probability: float
    interpolated: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """One decoding of one window."""

    text: str
    words: tuple[SpokenWord, ...]
    language: str
    language_probability: float
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    complete: bool
    """False where the decoder ran into its limit without an end token."""
    beam_size: int
    context: int
    """Encoder input in mel frames."""
    glossary_version: str = ""
    hotwords: tuple[str, ...] = ()
    """The terms that the model was told."""


NOTHING = Heard("", (), "", 0.0, 0.0, 0.0, 0.0, complete=True, beam_size=0, context=0)
"""A window that was not given to the model."""
