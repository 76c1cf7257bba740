"""A part of a window's sound."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a window, in seconds from its first sample."""

    from_s: float
    to_s: float

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.to_s - self.from_s

    @property
    def middle_s(self) -> float:
        """Its middle."""
        return (self.from_s + self.to_s) / 2
