"""The transactional writer on the real broker: what is seen, what is not, and who may still write."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from confluent_kafka import KafkaError, KafkaException

from local.kafka import Broker
from runtime.errors import EarshotError, Fenced, Unavailable
from runtime.kafka import Reader, ReaderOptions, transaction
from runtime.kafka.transaction import Output, TransactionalWriter
from runtime.settings import KafkaSettings
from schemas.topics import DEAD_LETTERS, WINDOWS
from tests.support.broker import create_topics
from tests.support.stage_process import offsets_of
from tests.support.transcribing import publish, read_all
from tests.support.waiting import PATIENCE_S, wait_until

INPUT, OUTPUT = WINDOWS.name, DEAD_LETTERS.name


def group_of(kafka: KafkaSettings) -> str:
    return f"{kafka.group_prefix}.transcriber"


def committed(kafka: KafkaSettings) -> dict[tuple[str, int], int]:
    return offsets_of(kafka, "transcriber").committed([INPUT])


def joined_reader(kafka: KafkaSettings) -> Reader:
    reader = Reader(kafka, ReaderOptions(topics=(INPUT,), group=group_of(kafka), session_timeout_ms=3000))
    wait_until(lambda: bool(reader.read(1, 0.05)) or len(reader.assignment()) == kafka.partitions)
    return reader


def values_of(kafka: KafkaSettings, prefix: str, *, read_committed: bool = True) -> list[bytes]:
    records = read_all(kafka, OUTPUT, read_committed=read_committed)
    return [record.value for record in records if (record.value or b"").startswith(prefix.encode())]  # type: ignore[misc]


def outputs(prefix: str, count: int = 3) -> list[Output]:
    return [Output(OUTPUT, b"key", f"{prefix}-{number}".encode()) for number in range(count)]


def test_output_and_offsets_move_together(kafka: KafkaSettings, session_id: str) -> None:
    before = committed(kafka)
    with joined_reader(kafka) as reader, TransactionalWriter(kafka, f"{kafka.group_prefix}.1") as writer:
        offsets = {place: offset + 5 for place, offset in before.items()}
        assert writer.publish(outputs(session_id), offsets, reader)

    wait_until(lambda: committed(kafka) == offsets)  # the broker marks a transaction's end after it has answered
    assert values_of(kafka, session_id) == [output.value for output in outputs(session_id)]


@dataclass
class OldGeneration:
    """A reader's place in its group, as it was before the group was joined by another."""

    metadata: object

    @property
    def consumer(self) -> "OldGeneration":
        return self

    def consumer_group_metadata(self) -> object:
        return self.metadata


def test_an_aborted_transaction_leaves_no_output_and_no_offsets(kafka: KafkaSettings, session_id: str) -> None:
    before = committed(kafka)
    with joined_reader(kafka) as member, TransactionalWriter(kafka, f"{kafka.group_prefix}.1") as writer:
        old = OldGeneration(member.consumer.consumer_group_metadata())
        with Reader(kafka, ReaderOptions(topics=(INPUT,), group=group_of(kafka))) as other:
            wait_until(lambda: not (member.read(1, 0.05) or other.read(1, 0.05)) and len(other.assignment()) == 1)
            assert not writer.publish(outputs(session_id), {(INPUT, 0): 99}, old)  # type: ignore[arg-type]
            assert values_of(kafka, session_id) == []
            assert len(values_of(kafka, session_id, read_committed=False)) == 3
            assert committed(kafka) == before

            assert writer.publish(outputs(f"{session_id}-again"), {(INPUT, 0): 99}, member)

    assert len(values_of(kafka, f"{session_id}-again")) == 3
    wait_until(lambda: committed(kafka)[(INPUT, 0)] == 99)


def test_a_zombie_of_the_same_name_is_fenced(kafka: KafkaSettings, session_id: str) -> None:
    name = f"{kafka.group_prefix}.1"
    before = committed(kafka)
    with joined_reader(kafka) as reader:
        zombie = TransactionalWriter(kafka, name)
        assert zombie.publish(outputs(f"{session_id}-first"), before, reader)
        with TransactionalWriter(kafka, name) as successor:
            with pytest.raises(Fenced, match="another process runs under the same name"):
                zombie.publish(outputs(f"{session_id}-zombie"), {place: 77 for place in before}, reader)
            zombie.close()  # says nothing more
            assert committed(kafka) == before
            assert successor.publish(outputs(f"{session_id}-second"), before, reader)

    assert values_of(kafka, f"{session_id}-zombie") == []
    assert len(values_of(kafka, session_id)) == 6


def test_a_successor_takes_over_an_open_transaction_at_once(kafka: KafkaSettings, session_id: str) -> None:
    """The broker would leave it alone for longer than this test may take."""
    name = f"{kafka.group_prefix}.1"
    left_open = TransactionalWriter(kafka, name, timeout_ms=800_000)
    left_open._producer.begin_transaction()
    left_open._producer.produce(OUTPUT, f"{session_id}-left".encode())
    left_open._producer.flush(5)

    with joined_reader(kafka) as reader, TransactionalWriter(kafka, name) as writer:
        assert writer.publish(outputs(f"{session_id}-new"), {}, reader)
    assert len(values_of(kafka, session_id)) == 3


def test_a_writer_outlives_the_broker_going_and_coming(own_broker: Broker, session_id: str) -> None:
    kafka = own_broker.kafka
    create_topics(kafka)
    publish(kafka, INPUT, [(b"key", b"value")] * 4)
    with joined_reader(kafka) as reader, TransactionalWriter(kafka, "restart.1") as writer:
        assert writer.publish(outputs(f"{session_id}-a"), {(INPUT, 0): 1}, reader)
        wait_until(lambda: len(values_of(kafka, session_id)) == 3)  # a broker writes the markers after it has answered
        own_broker.kill()
        own_broker.start()
        deadline = time.monotonic() + 90
        while not writer.publish(outputs(f"{session_id}-b"), {(INPUT, 0): 4}, reader):
            assert time.monotonic() < deadline
            reader.read(1, 0.2)

    assert len(values_of(kafka, session_id)) == 6
    wait_until(lambda: committed(kafka) == {(INPUT, 0): 4})


class Dawdling(list[Output]):
    """Outputs of which the second comes when the transaction of the first has run out."""

    def __iter__(self) -> Iterator[Output]:
        yield self[0]
        time.sleep(6)
        yield from self[1:]


def test_a_transaction_that_ran_out_is_no_other_process_and_is_done_again(
    kafka: KafkaSettings, session_id: str
) -> None:
    """The broker aborts it, as after an outage, and refuses what comes after as if from a zombie."""
    before = committed(kafka)
    with joined_reader(kafka) as reader, TransactionalWriter(kafka, f"{kafka.group_prefix}.1", 2000) as writer:
        assert not writer.publish(Dawdling(outputs(session_id)), before, reader)
        assert values_of(kafka, session_id) == []
        assert writer.publish(outputs(session_id), before, reader)

    assert values_of(kafka, session_id) == [output.value for output in outputs(session_id)]


def test_a_call_that_comes_to_nothing_is_given_up_while_a_broker_answers_and_not_before(
    own_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aborting has hung: its end must be one that is started again, and soon."""
    monkeypatch.setattr(transaction, "PATIENCE_S", 2.0)

    def try_in_vain() -> None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    def abort() -> None:
        with pytest.raises(Unavailable, match="aborting the transaction"):
            writer._call("aborting the transaction", try_in_vain)

    with TransactionalWriter(own_broker.kafka, "name.1") as writer:
        abort()
        own_broker.kill()
        waiting = threading.Thread(target=abort)
        waiting.start()
        waiting.join(10)
        assert waiting.is_alive(), "while no broker answers it waits"
        own_broker.start()
        waiting.join(PATIENCE_S)
        assert not waiting.is_alive()


def test_a_record_that_no_broker_takes_is_an_error_and_not_an_endless_loop(kafka: KafkaSettings) -> None:
    writer = TransactionalWriter(kafka, f"{kafka.group_prefix}.1")
    with joined_reader(kafka) as reader, pytest.raises(EarshotError, match="too large"):
        writer.publish([Output(OUTPUT, None, bytes(2_100_000))], {}, reader)
