"""Whether the stages have worked through what was published: followed by committed offsets, stage after stage."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass

from review.spans import Place, Span, read_spans
from runtime.errors import Unavailable
from runtime.kafka.admin import Admin
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import KafkaSettings
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS

log = logging.getLogger(__name__)
POLL_S = 0.1
STALLED_S = 60.0
SEGMENTER, TRANSCRIBER, GLOSSARY, SINK = "segmenter", "transcriber", "glossary", "sink"
TO_SEGMENTS = (SEGMENTER, TRANSCRIBER, GLOSSARY)
TO_ROWS = (*TO_SEGMENTS, SINK)

Watch = Callable[[], None]
"""Called while waiting; may raise to end the wait."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The consumer groups between the audio and the segments, at one broker."""

    kafka: KafkaSettings
    watch: Watch = lambda: None
    stalled_s: float = STALLED_S

    def wait_for(self, audio: Mapping[Place, int], through: tuple[str, ...] = TO_SEGMENTS) -> None:
        """Returns once all that comes of the audio before these offsets went through these stages.

        Raises Unavailable, naming the stage, where one does not move for `stalled_s`.
        """
        self._wait(SEGMENTER, audio)
        for stage, topic in ((TRANSCRIBER, WINDOWS), (GLOSSARY, TRANSCRIPTS), (SINK, SEGMENTS)):
            if stage in through:
                marks = Admin(self.kafka).watermarks([topic.name])
                self._wait(stage, {place: end for place, (low, end) in marks.items() if end > low})

    def waiting(self, stage: str, topics: Iterable[str]) -> tuple[dict[Place, int], dict[Place, int]]:
        """Records of each partition that a stage has not committed, and what it has committed."""
        names = list(topics)
        with closing(GroupOffsets(self.kafka, f"{self.kafka.group_prefix}.{stage}")) as offsets:
            committed = offsets.committed(names)
        marks = Admin(self.kafka).watermarks(names)
        return {place: max(0, end - committed.get(place, low)) for place, (low, end) in marks.items()}, committed

    def _wait(self, stage: str, ends: Mapping[Place, int]) -> None:
        with closing(GroupOffsets(self.kafka, f"{self.kafka.group_prefix}.{stage}")) as offsets:
            self._wait_by(offsets, stage, ends)

    def _wait_by(self, offsets: GroupOffsets, stage: str, ends: Mapping[Place, int]) -> None:
        topics = sorted({topic for topic, _ in ends})
        last: dict[Place, int] = {}
        moved_at = time.monotonic()
        while True:
            self.watch()
            committed = _committed(offsets, topics, last)
            missing = {place: end for place, end in ends.items() if committed.get(place, 0) < end}
            if not missing:
                return
            if committed != last:
                last, moved_at = committed, time.monotonic()
            elif stage != SEGMENTER and self._nothing_left(committed, missing):
                return
            elif time.monotonic() - moved_at > self.stalled_s:
                raise Unavailable(
                    f"the {stage} has not moved for {self.stalled_s:g} s with work waiting: is it running? "
                    "(`earshot status`; `earshot up` starts it)"
                )
            time.sleep(POLL_S)

    def _nothing_left(self, committed: Mapping[Place, int], ends: Mapping[Place, int]) -> bool:
        """Whether only the markers of transactions lie before the ends: no stage ever commits past those."""
        spans = [Span(*place, committed.get(place, 0), end) for place, end in ends.items()]
        return next(read_spans(self.kafka, spans), None) is None


def _committed(offsets: GroupOffsets, topics: Iterable[str], last: dict[Place, int]) -> dict[Place, int]:
    """What the group has committed; what it had when last asked while the broker does not say."""
    try:
        return offsets.committed(topics)
    except Unavailable as error:
        log.info("%s", error)
        return last
