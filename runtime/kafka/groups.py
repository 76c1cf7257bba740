"""Consumer groups: which there are, who is in them, and their offsets set anew. For commands, asked once."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import AdminClient

from runtime.errors import ConfigError, Unavailable
from runtime.kafka.connection import TopicPartition, client_config, client_log, error_in, error_of
from runtime.settings import KafkaSettings

CALL_TIMEOUT_S = 10.0
NOT_EMPTY = (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.NON_EMPTY_GROUP, KafkaError.ILLEGAL_GENERATION)


@dataclass(frozen=True, slots=True)
class Group:
    """One group as its coordinator knows it."""

    name: str
    state: str
    """`stable`, `empty`, or on the way between them."""
    members: tuple[str, ...]
    """The name under which each joined, or its client's, with its host."""


class Groups:
    """Asks the broker. Every call raises Unavailable while none answers."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._client = AdminClient(client_config(kafka), logger=client_log)

    def of(self, prefix: str) -> list[Group]:
        """The groups whose names begin so, sorted."""
        listed = self._result(self._client.list_consumer_groups(), "listing the groups").valid
        names = sorted(group.group_id for group in listed if group.group_id.startswith(prefix))
        return [self.group(name) for name in names]

    def group(self, name: str) -> Group:
        """One group; it is empty and without a state where the broker knows none of that name."""
        future = self._client.describe_consumer_groups([name])[name]
        found = self._result(future, f"asking for group {name}", ignore=KafkaError.GROUP_ID_NOT_FOUND)
        if found is None:
            return Group(name, "", ())
        members = (f"{one.group_instance_id or one.client_id} at {one.host.lstrip('/')}" for one in found.members)
        return Group(name, str(found.state.name).lower(), tuple(members))

    def _result(self, future: "Future[Any]", doing: str, ignore: int | None = None) -> Any:
        try:
            return future.result(timeout=CALL_TIMEOUT_S)
        except KafkaException as exception:
            error = error_in(exception)
            if error.code() == ignore:
                return None
            raise error_of(error, doing, self._kafka) from exception
        except TimeoutError as exception:
            raise Unavailable(f"{doing}: no answer from {self._kafka.bootstrap} in {CALL_TIMEOUT_S:g} s") from exception


def set_offsets(kafka: KafkaSettings, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Commits these next offsets for a group without members. Raises ConfigError where it has some."""
    consumer = Consumer(client_config(kafka, group_id=group, enable_auto_commit=False), logger=client_log)
    positions = [Position(topic, number, offset) for (topic, number), offset in offsets.items()]
    try:
        _raise_refusals(consumer.commit(offsets=positions, asynchronous=False) or ())
    except KafkaException as exception:
        error = error_in(exception)
        if error.code() in NOT_EMPTY:
            raise ConfigError(f"group {group} has members: stop its stage, then set its offsets") from exception
        raise error_of(error, f"setting the offsets of {group}", kafka) from exception
    finally:
        consumer.close()


def _raise_refusals(positions: Iterable[Position]) -> None:
    for position in positions:
        if position.error is not None:
            raise KafkaException(position.error)
