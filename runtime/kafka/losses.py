"""Records that are gone before they were read: judged, told, counted, and kept until somebody acknowledges them."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import KafkaException
from prometheus_client import Counter

from runtime.errors import Unavailable
from runtime.kafka.connection import TopicPartition
from runtime.kafka.writer import Writer, WriterOptions
from runtime.settings import KafkaSettings
from schemas.codec import encode
from schemas.events import EXPIRED, MADE_ANEW, LostRecords
from schemas.topics import LOSSES, PASSING

log = logging.getLogger(__name__)
WRITTEN_WITHIN_S = 10.0

RECORDS_EXPIRED = Counter(
    "earshot_expired_records_total", "Records that were gone before the stage had read them", ["stage", "topic"]
)
TOPICS_MADE_ANEW = Counter(
    "earshot_topics_made_anew_total", "Times that the stage found another topic under a name", ["stage", "topic"]
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What of a partition is in the log: [low, high)."""

    low: int
    high: int


def loss_of(stage: str, partition: TopicPartition, offset: int | None, bounds: Bounds) -> LostRecords | None:
    """What is lost to a stage that would go on at `offset` (None: it has never read the partition). Pure.

    Nothing of a topic whose records may pass unread.
    """
    topic, number = partition
    if topic in PASSING:
        return None
    first = offset or 0
    if first < bounds.low:
        return LostRecords(stage, topic, number, first, bounds.low - first, EXPIRED)
    if first > bounds.high:
        return LostRecords(stage, topic, number, first, 0, MADE_ANEW)
    return None


def in_words(loss: LostRecords) -> str:
    """The loss as a line for an operator."""
    place = f"{loss.topic}[{loss.partition}]"
    if loss.cause == EXPIRED:
        return (
            f"{loss.records} records of {place} from offset {loss.first_offset} on are gone: retention or a person "
            f"deleted them before the {loss.stage} had read them"
        )
    return (
        f"{place} is another topic than the {loss.stage} knew, which had read up to offset {loss.first_offset}: "
        "it was deleted and made anew, and is read from its start; what was unread in the old one is gone"
    )


class Losses:
    """Tells the losses of one stage, each once."""

    def __init__(self, kafka: KafkaSettings, stage: str) -> None:
        self._kafka = kafka
        self._told: set[bytes] = set()
        self.stage = stage

    def tell(self, losses: Iterable[LostRecords]) -> None:
        """Says, counts and keeps them; waits for the broker for up to 10 s, and says where it could not keep them."""
        new = {key_of(loss): loss for loss in losses if key_of(loss) not in self._told}
        for loss in new.values():
            log.error("%s", in_words(loss))
            if loss.cause == EXPIRED:
                RECORDS_EXPIRED.labels(loss.stage, loss.topic).inc(loss.records)
            else:
                TOPICS_MADE_ANEW.labels(loss.stage, loss.topic).inc()
        self._told |= new.keys()
        try:
            keep(self._kafka, {key: encode(loss) for key, loss in new.items()})
        except (Unavailable, KafkaException) as error:
            log.error("%d losses are told here only, and not by `earshot status`: %s", len(new), error)


def key_of(loss: LostRecords) -> bytes:
    """Its key on the topic."""
    return f"{loss.stage}/{loss.topic}/{loss.partition}/{loss.first_offset}/{loss.cause}".encode()


def keep(kafka: KafkaSettings, values: dict[bytes, bytes | None]) -> None:
    """Writes to the topic of losses; None acknowledges. Raises Unavailable."""
    if not values:
        return
    options = WriterOptions("losses", linger_ms=0, delivery_timeout_ms=round(WRITTEN_WITHIN_S * 1000))
    with Writer(kafka, options) as writer:
        for key, value in values.items():
            writer.send(LOSSES.name, key, value)
