"""The offset that may be committed of one partition."""

from collections.abc import Iterable


class HeldOffset:
    """Combines what the streams of a partition still need into one offset to restart from; it never goes back.

    A restart from an offset enters each stream at the first of its frames from there on. That must not be a frame that
    brought nothing new, or only its end (late, repeated, overlapping): a restart would take it for the stream's place
    and see a gap where there is none. So such a frame bars every offset after the frame before it up to itself.
    """

    def __init__(self) -> None:
        self._barred: dict[int, int] = {}
        self.value = 0

    def bar(self, after_offset: int, to_offset: int) -> None:
        """No restart may begin in (after_offset, to_offset]; to_offset grows from call to call."""
        self._barred[after_offset] = to_offset

    def update(self, needed: Iterable[int], next_offset: int) -> int:
        """The offset to commit, given the offset that each open stream needs and that of the next record."""
        value = min(needed, default=next_offset)
        for after, to in sorted(self._barred.items(), key=_end, reverse=True):
            if after < value <= to:
                value = after
        self._barred = {after: to for after, to in self._barred.items() if to >= value}
        self.value = value
        return value


def _end(span: tuple[int, int]) -> int:
    return span[1]
