"""Offsets committed in the name of a consumer group, by one who is no member of it."""

from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from runtime.errors import Unavailable
from runtime.kafka.admin import Admin
from runtime.kafka.connection import client_config, client_log, error_in, error_of
from runtime.settings import KafkaSettings
from tests.support.waiting import wait_until


def commit_ends(kafka: KafkaSettings, stage: str, topics: Iterable[str], behind: int = 0) -> None:
    """Says in a stage's name that it has done these topics up to now, all but the last `behind` records of each.

    It waits while somebody is in the group, and does not join it: a broker takes the commit of one who is about to
    join for that of a member whom it does not know.
    """
    marks = Admin(kafka).watermarks(topics)
    ends = [TopicPartition(*place, end - behind) for place, (_, end) in marks.items()]
    config = client_config(kafka, group_id=f"{kafka.group_prefix}.{stage}", enable_auto_commit=False)
    consumer = Consumer(config, logger=client_log)

    def is_committed() -> bool:
        try:
            consumer.commit(offsets=ends, asynchronous=False)
        except KafkaException as exception:
            error = error_of(error_in(exception), f"committing for the {stage}", kafka)
            if not isinstance(error, Unavailable):
                raise error from exception
            return False
        return True

    try:
        wait_until(is_committed, f"that the group of the {stage} is empty")
    finally:
        consumer.close()
