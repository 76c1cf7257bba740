"""Which sessions were captured by a clock that agrees with ours. Pure."""

from collections import OrderedDict
from typing import Any

from schemas.audio import MICROSECONDS

LATEST_US = 60 * MICROSECONDS
"""A window of a live session comes within this time after its speech at least once."""
EARLIEST_US = -2 * MICROSECONDS
SESSIONS_REMEMBERED = 1024


class CaptureClocks:
    """Judges a session by the least time that one of its windows took from the end of its speech, by the capture's
    clock, to its record, by ours. A backlog makes some windows late; a wrong clock makes all of them late, or early.
    """

    def __init__(self) -> None:
        self._least_us: OrderedDict[str, int] = OrderedDict()
        self._told: OrderedDict[str, None] = OrderedDict()

    def offset_us(self, session_id: str, speech_ended_at: int, windowed_at: int) -> int:
        """By how much the session's clock is behind ours (µs; negative: ahead), as far as is known; 0 where it agrees.

        Both times are UTC µs.
        """
        took_us = windowed_at - speech_ended_at
        least_us = min(took_us, self._least_us.get(session_id, took_us))
        _remember(self._least_us, session_id, least_us)
        return 0 if EARLIEST_US <= least_us <= LATEST_US else least_us

    def is_news(self, session_id: str) -> bool:
        """Whether this is asked of the session for the first time."""
        is_new = session_id not in self._told
        _remember(self._told, session_id, None)
        return is_new


def _remember(known: OrderedDict[str, Any], session_id: str, value: Any) -> None:
    known[session_id] = value
    known.move_to_end(session_id)
    if len(known) > SESSIONS_REMEMBERED:
        known.popitem(last=False)
