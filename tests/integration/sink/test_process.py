"""`earshot run sink` on the real broker and the real engine."""

from collections.abc import Iterator

import httpx
import pytest

from runtime.kafka import Writer, WriterOptions
from runtime.settings import ClickHouseSettings, KafkaSettings, LogSettings, OpsSettings, Settings
from schemas.codec import encode
from schemas.topics import SEGMENTS, stream_key
from sinks.clickhouse.store import Store
from tests.support.dead_letters import letters_about
from tests.support.gate import Gate
from tests.support.ops_port import health_of, metrics_of
from tests.support.ports import free_port
from tests.support.stage_process import StageProcess, offsets_of
from tests.support.transcripts import segment


@pytest.fixture
def settings(broker: KafkaSettings, clickhouse: ClickHouseSettings) -> Settings:
    quick = clickhouse.model_copy(update={"batch_rows": 50, "batch_ms": 50})
    kafka = broker.model_copy(update={"session_timeout_ms": 2000})  # so long is a killed sink still a member
    return Settings(kafka=kafka, clickhouse=quick, log=LogSettings(format="json"))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = Store(settings.clickhouse)
    yield store
    store.close()


def publish(kafka: KafkaSettings, session_id: str, numbers: range) -> None:
    with Writer(kafka, WriterOptions(name="test")) as writer:
        for number in numbers:
            writer.send(SEGMENTS.name, stream_key(session_id, "C01"), encode(segment(session_id, number)))


def rows(store: Store, session_id: str, source: str = "segments") -> list[int]:
    """The start samples of the session's rows: of the bare table, that is before ClickHouse merges equal keys away."""
    sql = f"SELECT start_sample FROM {source} WHERE session_id = {{session:String}} ORDER BY start_sample"
    return [start // 16_000 for (start,) in store.ask(sql, {"session": session_id}).rows]


def lag(kafka: KafkaSettings) -> int:
    return offsets_of(kafka, "sink").waiting([SEGMENTS.name])


def test_rows_arrive_bad_records_are_buried_and_it_stops_in_order(settings, store, session_id, tmp_path):
    publish(settings.kafka, session_id, range(30))
    with Writer(settings.kafka, WriterOptions(name="test")) as writer:
        writer.send(SEGMENTS.name, f"{session_id}/bad".encode(), b"no segment")
        writer.send(SEGMENTS.name, f"{session_id}/bad".encode(), encode(segment(session_id, 99, final=False)))
    publish(settings.kafka, session_id, range(30, 60))
    with StageProcess("sink", settings, tmp_path) as sink:
        sink.wait_for(lambda: lag(settings.kafka) == 0)
        assert rows(store, session_id) == list(range(60))
        assert sink.stop() == 0
    letters = letters_about(settings.kafka, f"{session_id}/bad", 2)
    assert {letter.value for letter in letters} == {b"no segment", encode(segment(session_id, 99, final=False))}
    assert {letter.stage for letter in letters} == {"sink"}


def test_killed_between_insert_and_commit_it_doubles_nothing_and_loses_nothing(settings, store, session_id, tmp_path):
    publish(settings.kafka, session_id, range(70))
    command = ("tests.support.dying_sink",)
    for _ in range(2):  # the second finds the first one's plan, and dies the same way
        with StageProcess("sink", settings, tmp_path, command) as dying:
            assert dying.child.wait(90) == -9, dying.log
    assert offsets_of(settings.kafka, "sink").committed([SEGMENTS.name]).get((SEGMENTS.name, 0), 0) == 0
    publish(settings.kafka, session_id, range(70, 100))
    other = settings.model_copy(update={"clickhouse": settings.clickhouse.model_copy(update={"batch_rows": 33})})
    with StageProcess("sink", other, tmp_path) as sink:
        sink.wait_for(lambda: lag(settings.kafka) == 0)
    assert rows(store, session_id) == list(range(100))
    assert rows(store, session_id, "segment_history") == list(range(100))


def test_killed_anywhere_it_doubles_nothing_and_loses_nothing(settings, store, session_id, tmp_path):
    store.migrate()
    total = 300
    publish(settings.kafka, session_id, range(total))
    for share in (0.2, 0.5):
        with StageProcess("sink", settings, tmp_path) as sink:
            sink.wait_for(lambda share=share: len(rows(store, session_id)) >= share * total)
            sink.kill()
    with StageProcess("sink", settings, tmp_path) as sink:
        sink.wait_for(lambda: lag(settings.kafka) == 0)
    assert rows(store, session_id) == list(range(total))


def test_clickhouse_away_and_back(settings, store, session_id, tmp_path):
    store.migrate()
    with Gate(httpx.URL(settings.clickhouse.url).port) as gate:
        behind = settings.clickhouse.model_copy(update={"url": f"http://127.0.0.1:{gate.port}"})
        ops = OpsSettings(port=free_port())
        with StageProcess("sink", settings.model_copy(update={"clickhouse": behind, "ops": ops}), tmp_path) as sink:
            publish(settings.kafka, session_id, range(10))
            sink.wait_for(lambda: lag(settings.kafka) == 0)
            committed = offsets_of(settings.kafka, "sink").committed([SEGMENTS.name])
            gate.shut()
            publish(settings.kafka, session_id, range(10, 250))  # more than the sink reads ahead
            sink.wait_for_line("does not answer")
            publish(settings.kafka, session_id, range(250, 900))  # the sink fetches nothing more by now
            sink.wait_for(lambda: lag(settings.kafka) >= 890)
            waiting = lag(settings.kafka)
            sink.wait_for(lambda: health_of(ops.port)["lag"] == waiting)
            assert health_of(ops.port)["held_up_by"] == "ClickHouse"
            assert health_of(ops.port)["ok"]
            sink.wait_for(lambda: f"earshot_lag_records {waiting}.0" in metrics_of(ops.port))
            assert offsets_of(settings.kafka, "sink").committed([SEGMENTS.name]) == committed
            gate.open()
            sink.wait_for(lambda: lag(settings.kafka) == 0)
            assert sink.log.count("waiting: ") == sink.log.count("answers again") == 1
            assert "Traceback" not in sink.log
            assert not health_of(ops.port)["held_up_by"]
            assert sink.stop() == 0
    assert rows(store, session_id) == list(range(900))


def test_clickhouse_killed_in_the_middle_of_a_request_loses_and_doubles_nothing(
    settings, own_clickhouse, session_id, tmp_path
):
    """Part of an insert has reached the server when it is killed; it starts again on what lies on its disk."""
    with Gate(httpx.URL(own_clickhouse.address).port) as gate:
        update = {"url": f"http://127.0.0.1:{gate.port}", "database": "default", "batch_rows": 400, "batch_ms": 2000}
        behind = settings.clickhouse.model_copy(update=update)
        store = Store(own_clickhouse.settings())
        store.migrate()
        with StageProcess("sink", settings.model_copy(update={"clickhouse": behind}), tmp_path) as sink:
            publish(settings.kafka, session_id, range(10))
            sink.wait_for(lambda: lag(settings.kafka) == 0)
            gate.pass_only(3_000)  # the plan, and a part of the rows
            publish(settings.kafka, session_id, range(10, 410))
            sink.wait_for(gate.was_full.is_set)
            own_clickhouse.kill()
            gate.shut()
            sink.wait_for_line("waiting: ")
            assert lag(settings.kafka) >= 400
            own_clickhouse.start()
            gate.pass_all()
            gate.open()
            sink.wait_for(lambda: lag(settings.kafka) == 0)
            assert "answers again" in sink.log
            assert sink.stop() == 0
        assert rows(store, session_id) == list(range(410))
        assert rows(store, session_id, "segment_history") == list(range(410))
        store.close()


def test_it_waits_for_clickhouse_at_the_start(settings, store, session_id, tmp_path):
    with Gate(httpx.URL(settings.clickhouse.url).port) as gate:
        gate.shut()
        behind = settings.clickhouse.model_copy(update={"url": f"http://127.0.0.1:{gate.port}"})
        ops = OpsSettings(port=free_port())
        publish(settings.kafka, session_id, range(3))
        with StageProcess("sink", settings.model_copy(update={"clickhouse": behind, "ops": ops}), tmp_path) as sink:
            sink.wait_for_line("waiting: ")
            sink.wait_for(lambda: health_of(ops.port)["lag"] >= 3)
            gate.open()
            sink.wait_for(lambda: lag(settings.kafka) == 0)
    assert rows(store, session_id) == list(range(3))


def test_a_newer_schema_ends_it_with_one_clear_line(settings, store, tmp_path):
    store.migrate()
    store.ask("INSERT INTO schema_migrations (number, name, digest) VALUES (999, 'later', 'x')")
    with StageProcess("sink", settings, tmp_path) as sink:
        assert sink.child.wait(90) == 78
        assert "has schema 999, but this program knows only up to" in sink.log
        assert "Traceback" not in sink.log


def test_what_is_committed_and_not_in_these_tables_is_read_again(settings, store, own_clickhouse, session_id, tmp_path):
    """As after a copy of the data folder was brought back: other tables, which were written up to the middle."""
    store.migrate()
    publish(settings.kafka, session_id, range(20))
    older = settings.model_copy(
        update={
            "clickhouse": settings.clickhouse.model_copy(update={"url": own_clickhouse.address, "database": "older"})
        }
    )
    with StageProcess("sink", older, tmp_path) as sink:
        sink.wait_for(lambda: lag(settings.kafka) == 0)
        assert sink.stop() == 0
    publish(settings.kafka, session_id, range(20, 60))
    with StageProcess("sink", settings, tmp_path) as sink:
        sink.wait_for(lambda: rows(store, session_id) == list(range(60)))  # these tables had none of them
        sink.wait_for_line("reading on from there")
        sink.wait_for(lambda: lag(settings.kafka) == 0)
        assert sink.stop() == 0
    with StageProcess("sink", older, tmp_path) as sink:
        held = Store(older.clickhouse)
        sink.wait_for(lambda: rows(held, session_id) == list(range(60)))
        held.close()
        assert sink.stop() == 0
