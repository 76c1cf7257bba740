"""How windows become text, and how text is corrected."""

from typing import Annotated, Literal

from pydantic import Field

from runtime.settings.fields import Group, Names, Positive, Probability


class WhisperSettings(Group):
    """The transcriber."""

    model: str = "models/demo"
    """A folder with a CTranslate2 Whisper model, or a hub name such as `large-v3-turbo`."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs."""
    compute_type: str = "auto"
    """CTranslate2 compute type; `auto` is float16 on a GPU and int8 on a CPU."""
    cpu_threads: Annotated[int, Field(ge=0, le=256)] = 1
    """Threads of one decoding on a CPU; 0 for one per core."""
    context: Literal["auto", "full", "fit"] = "auto"
    """Encoder input: 30 s always (`full`), or fitted to the window (`fit`); `auto` asks the model's card."""
    languages: Names = ("en", "ko")
    """Languages that may be detected (ISO 639-1); empty for all that the model knows."""
    beam_size: Annotated[int, Field(ge=1, le=20)] = 5
    """Beams of a final; interims use one."""
    batch_windows: Annotated[int, Field(ge=1, le=256)] = 16
    """Most windows in one batch."""
    batch_wait_ms: Annotated[float, Field(ge=0, le=1000)] = 20
    """How long a window may wait for company, in milliseconds; not at all while the model is idle."""
    overload_beam_size: Annotated[int, Field(ge=0, le=20)] = 0
    """Beams of a final that waits too long; 0 keeps `beam_size`, so that the load never changes a text."""
    interim_windows: Annotated[int, Field(ge=1, le=256)] = 4
    """Most interims in one batch: a final that arrives meanwhile waits for them."""
    hotwords: Literal["auto", "on", "off"] = "auto"
    """Give the glossary's terms to the model as hotwords; `auto` asks the model's card (without one: no)."""
    hotword_tokens: Annotated[int, Field(ge=1, le=220)] = 128
    """Most tokens of them; terms past it are left to the correction."""
    no_speech_threshold: Probability = 0.6
    """Text is withheld above this no-speech probability, if the log probability is low as well."""
    logprob_threshold: float = -1.0
    """Average log probability below which a window is decoded again, by another search."""
    compression_ratio_threshold: Positive = 2.4
    """Compression ratio above which text counts as a repetition loop."""
    min_voiced_ms: Annotated[float, Field(ge=0, le=5000)] = 96
    """Voiced time below which a window is not decoded, in milliseconds."""
    interim_max_age_s: Positive = 2.0
    """An interim older than this is skipped, in seconds."""
    session_timeout_ms: Annotated[int, Field(ge=1000, le=300_000)] = 3000
    """How long a silent transcriber keeps its windows, in milliseconds; the broker's `group.min.session.timeout.ms`
    must allow it."""


class GlossarySettings(Group):
    """Correction."""

    fuzzy_threshold: Annotated[float, Field(ge=0, le=100)] = 87.0
    """Similarity of spoken forms from which a term replaces what was heard, 0–100."""
    sentence_gap_s: Positive = 1.0
    """A pause between words that starts a new segment, in seconds."""
    sentence_max_s: Positive = 15.0
    """Longest segment, in seconds."""
