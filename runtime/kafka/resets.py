"""Where a consumer goes on whose offset is not in the log, and what is lost by that.

librdkafka would go to the log's start by itself, and in silence. Told to fail instead (`auto.offset.reset=error`) it
names the partition and the offset, and leaves the rest to us.
"""

import logging
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as Position

from runtime.kafka.connection import TopicPartition
from runtime.kafka.losses import Bounds, Losses, in_words, loss_of
from schemas.events import MADE_ANEW, LostRecords
from schemas.topics import PASSING

log = logging.getLogger(__name__)
ANSWER_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class ResetOptions:
    """Who reads."""

    stage: str
    """Whose losses are told; of one without a name they are said only."""
    commits: bool
    """Whether it has a group that keeps its offsets."""


class OffsetResets:
    """Takes partitions whose offset is not in the log to the log's start, and tells what is lost."""

    def __init__(self, consumer: Consumer, losses: Losses | None, options: ResetOptions) -> None:
        self._consumer = consumer
        self._losses = losses
        self._options = options
        self._waiting: dict[TopicPartition, int | None] = {}

    def note(self, message: Message) -> bool:
        """Whether the message tells of such a partition; `settle` then sees to it."""
        error = message.error()
        if error is None or error.code() != KafkaError._AUTO_OFFSET_RESET:
            return False
        offset = message.offset()
        place = (str(message.topic()), int(message.partition() or 0))
        self._waiting[place] = None if offset is None or offset < 0 else offset
        return True

    def forget(self, partition: TopicPartition) -> None:
        """The partition was given up."""
        self._waiting.pop(partition, None)

    def settle(self) -> set[TopicPartition]:
        """Goes on at the start with every partition that was noted; returns them.

        Where the broker does not say what it has, that is left to the next call.
        """
        settled = {}
        for partition, offset in self._waiting.items():
            bounds = self._bounds(partition)
            if bounds is None:
                break
            settled[partition] = self._restarted(partition, offset, bounds)
        for partition in settled:
            del self._waiting[partition]
        self._tell([loss for loss in settled.values() if loss is not None])
        return set(settled)

    def _bounds(self, partition: TopicPartition) -> Bounds | None:
        try:
            marks = self._consumer.get_watermark_offsets(Position(*partition), timeout=ANSWER_WITHIN_S)
        except KafkaException as exception:
            log.info("%s[%d]: its bounds are not known yet: %s", *partition, exception)
            return None
        return Bounds(*marks) if marks else None

    def _restarted(self, partition: TopicPartition, offset: int | None, bounds: Bounds) -> LostRecords | None:
        is_new = self._consumer.position([Position(*partition)])[0].offset < 0
        self._consumer.incremental_unassign([Position(*partition)])
        self._consumer.incremental_assign([Position(*partition, bounds.low)])
        if self._options.commits and is_new:
            self._pin(partition, bounds.low)
        loss = loss_of(self._options.stage, partition, offset, bounds)
        if loss is None and offset is not None and partition[0] not in PASSING:  # by now it has grown past the offset
            return LostRecords(self._options.stage, *partition, offset, 0, MADE_ANEW)
        return loss

    def _pin(self, partition: TopicPartition, offset: int) -> None:
        """Commits where the group begins: what expires before its first commit would be missed by nobody else."""
        try:
            self._consumer.commit(offsets=[Position(*partition, offset)], asynchronous=False)
        except KafkaException as exception:
            log.info("%s[%d]: its beginning is not committed: %s", *partition, exception)

    def _tell(self, losses: list[LostRecords]) -> None:
        if self._losses is not None:
            self._losses.tell(losses)
            return
        for loss in losses:
            log.warning("%s", in_words(loss))
