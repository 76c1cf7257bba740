"""Whether the topics of a stage that runs are still those that it started with."""

import logging
import time
from collections.abc import Callable, Mapping

from runtime.errors import EarshotError, TopicMismatch
from runtime.progress import Clock, Progress
from schemas.topics import ALL, Topic

log = logging.getLogger(__name__)
GONE_AFTER_S = 2.0
MADE_AGAIN_AFTER_S = 6.0
NAMED = 3
"""Most topics that a line names."""

Make = Callable[[list[Topic]], list[str]]
Ends = tuple[Callable[[TopicMismatch], None], Callable[[str], None]]
"""For good, and to be started again."""


class TopicWatch:
    """Compares what the broker has with what is configured: makes missing topics again, tells of added partitions.

    Writers go by the configured number, so partitions beyond it take no stream apart; but every process must be told of
    the new number before keys may use them. With fewer of them a stage cannot go on. One whose topics were deleted is
    started again: a client goes on at its old offset, which in a topic made anew may be in the middle.
    """

    def __init__(
        self, partitions: int, progress: Progress, make: Make, ends: Ends, clock: Clock = time.monotonic
    ) -> None:
        """`make` creates topics and returns those that it did create; `ends` end the process."""
        self._partitions = partitions
        self._progress = progress
        self._make = make
        self._end, restart = ends
        self._restart = restart
        self._clock = clock
        self._seen: set[str] = set()
        self._gone: set[str] = set()
        self._missing_since: float | None = None

    def look(self, found: Mapping[str, int]) -> None:
        """`found` has the number of partitions of every topic that the broker has."""
        missing = [topic for topic in ALL if topic.name in self._seen and topic.name not in found]
        self._seen |= found.keys()
        if missing:
            self._note_missing(missing)
            return
        self._missing_since = None
        if self._gone:
            self._restart(f"{_listed(sorted(self._gone))} was deleted and made again")
        fewer = _named({name: count for name, count in _ours(found).items() if count < self._partitions})
        if fewer:
            fault = f"{fewer}, but EARSHOT_KAFKA__PARTITIONS is {self._partitions}: set it to what the topics have"
            self._end(TopicMismatch(fault))
        more = _named({name: count for name, count in _ours(found).items() if count > self._partitions})
        self._tell_of_more(f"{more}, but EARSHOT_KAFKA__PARTITIONS is {self._partitions}" if more else "")

    def _tell_of_more(self, fault: str) -> None:
        if fault and not self._progress.fault:
            log.error(
                "%s: streams stay on the first %d and all are read; to use them, see Adding partitions in "
                "docs/operations.md",
                fault,
                self._partitions,
            )
        self._progress.fault = fault

    def _note_missing(self, missing: list[Topic]) -> None:
        """Every process must have seen that a topic is gone before one of them makes it again."""
        now = self._clock()
        self._missing_since = now if self._missing_since is None else self._missing_since
        if now - self._missing_since >= GONE_AFTER_S:
            self._gone |= {topic.name for topic in missing}
        if now - self._missing_since >= MADE_AGAIN_AFTER_S:
            self._make_again(missing)

    def _make_again(self, missing: list[Topic]) -> None:
        try:
            made = self._make(missing)
        except EarshotError as error:  # tried again with the next look
            log.error("%s cannot be made again: %s", _listed([topic.name for topic in missing]), error)
            return
        if made:
            log.error("%s was deleted: made again, empty", _listed(made))


def _ours(found: Mapping[str, int]) -> dict[str, int]:
    return {topic.name: found[topic.name] for topic in ALL if found.get(topic.name)}


def _named(wrong: Mapping[str, int]) -> str:
    if not wrong:
        return ""
    name, count = next(iter(wrong.items()))
    others = f" ({len(wrong) - 1} more like it)" if len(wrong) > 1 else ""
    return f"{name} has {count} partition{'s' if count > 1 else ''}{others}"


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + rest
