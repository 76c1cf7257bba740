"""Where speech starts and ends, and where it is cut."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from runtime.settings.fields import Group, Positive, Probability


class VadSettings(Group):
    """Where speech starts and ends."""

    start: Probability = 0.5
    """Speech probability at which an utterance starts."""
    stop: Probability = 0.35
    """Speech probability below which silence is counted."""
    min_speech_ms: Annotated[float, Field(ge=0, le=5000)] = 96
    """Voiced time below which an utterance is dropped as a click, in milliseconds."""
    silence_ms: Annotated[float, Field(ge=64, le=10_000)] = 500
    """Silence that ends an utterance, in milliseconds."""
    pre_roll_ms: Annotated[float, Field(ge=0, le=2000)] = 300
    """Audio kept before the first voiced chunk, in milliseconds."""
    post_roll_ms: Annotated[float, Field(ge=0, le=2000)] = 200
    """Audio kept after the last voiced chunk, in milliseconds."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.stop > self.start:
            raise ValueError(f"stop ({self.stop}) must not be above start ({self.start})")
        if self.pre_roll_ms + self.post_roll_ms > self.silence_ms:
            raise ValueError(
                f"pre_roll_ms + post_roll_ms ({self.pre_roll_ms + self.post_roll_ms:g}) must not exceed "
                f"silence_ms ({self.silence_ms:g}), or neighbouring utterances would share samples"
            )
        return self


class WindowSettings(Group):
    """How speech is cut into windows."""

    min_s: Positive = 5.0
    """Earliest cut of speech that goes on, in seconds from the start of the window's own span."""
    max_s: Annotated[float, Field(gt=0, le=20)] = 10.0
    """Longest own span of a window, in seconds."""
    context_s: Annotated[float, Field(ge=0, le=4)] = 1.25
    """Context on either side of a cut, in seconds."""
    interim_s: Annotated[float, Field(ge=0, le=30)] = 1.0
    """An interim window for each so many seconds of ongoing speech; 0 for none."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_s >= self.max_s:
            raise ValueError(f"min_s ({self.min_s:g}) must be below max_s ({self.max_s:g})")
        return self
