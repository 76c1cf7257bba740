"""Topics that are deleted, or get more partitions, while every stage runs: nothing stands still, and it is told."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from local.kafka import Broker
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.kafka.connection import client_config
from runtime.settings import ClickHouseSettings, LocalSettings, LogSettings, OpsSettings, Settings
from runtime.settings import WhisperSettings as Whisper
from schemas.codec import encode
from schemas.events import SpeechWindow
from schemas.topics import ALL, TRANSCRIPTS, WINDOWS, stream_key
from sinks.clickhouse.store import Store
from tests.support.broker import create_topics
from tests.support.ops_port import health_of
from tests.support.ports import free_ports
from tests.support.random_whisper import build_random_whisper
from tests.support.stage_process import StageProcess
from tests.support.topic_surgery import add_partitions, delete_topics
from tests.support.transcribing import noise_windows, publish_windows, transcripts_of
from tests.support.transcripts import spoken, transcript

pytestmark = pytest.mark.timeout(600)  # four processes on a busy machine
STAGES = ("segmenter", "transcriber", "glossary", "sink")
PATIENCE_S = 240.0
RESTARTED = 75
NAMES = [topic.name for topic in ALL]


class Pipeline:
    """Every stage, each started again where it ends with the status that asks for it, as a supervisor does."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.kafka = settings.kafka
        self.ports = dict(zip(STAGES, free_ports(len(STAGES)), strict=True))
        self.stages = {
            name: StageProcess(name, settings.model_copy(update={"ops": OpsSettings(port=port)}), folder)
            for name, port in self.ports.items()
        }
        self.store = Store(settings.clickhouse)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, what
            for stage in self.stages.values():
                if stage.child.poll() is not None:
                    assert stage.child.returncode == RESTARTED, stage.log
                    stage.__enter__()
            time.sleep(0.1)

    def rows(self, session_id: str) -> list[int]:
        sql = "SELECT start_sample FROM segments WHERE session_id = {session:String} ORDER BY start_sample"
        return [start // 160_000 for (start,) in self.store.ask(sql, {"session": session_id}).rows]

    def hears(self, windows: list[SpeechWindow]) -> None:
        """Publishes windows and waits for the transcript of each."""
        publish_windows(self.kafka, windows)
        wanted = {window.window_id for window in windows}
        session_id = windows[0].session_id
        self.wait_for(
            lambda: wanted <= {one.window_id for one in transcripts_of(self.kafka, session_id)},
            "transcripts of windows",
        )

    def says(self, session_id: str, numbers: range) -> None:
        """Publishes transcripts and waits for the row of each."""
        with Writer(self.kafka, WriterOptions("test")) as writer:
            for number in numbers:
                at = number * 160_000
                made = transcript(session_id, spoken("Sentence.", start=at), own_from=at)
                writer.send(TRANSCRIPTS.name, stream_key(session_id, "C01"), encode(made))
        self.wait_for(lambda: set(self.rows(session_id)) >= set(numbers), "rows of transcripts")


@pytest.fixture
def pipeline(own_broker: Broker, clickhouse: ClickHouseSettings, tmp_path: Path) -> Iterator[Pipeline]:
    create_topics(own_broker.kafka)
    model = build_random_whisper(tmp_path / "model", card={"fitted_context": True})
    settings = Settings(
        kafka=own_broker.kafka.model_copy(update={"session_timeout_ms": 2000}),
        clickhouse=clickhouse.model_copy(update={"batch_ms": 50}),
        local=LocalSettings(data_dir=str(tmp_path / "data")),
        log=LogSettings(format="json"),
        whisper=Whisper(model=str(model), batch_windows=2, logprob_threshold=-100.0),
    )
    made = Pipeline(settings, tmp_path)
    for stage in made.stages.values():
        stage.__enter__()
    yield made
    for stage in made.stages.values():
        stage.__exit__(None, None, None)
    made.store.close()


def test_deleted_topics_are_made_again_and_every_stage_goes_on(pipeline: Pipeline, session_id: str) -> None:
    windows = noise_windows(session_id, 12)
    pipeline.hears(windows[:6])
    pipeline.says(f"{session_id}-text", range(10))
    delete_topics(pipeline.kafka, NAMES)
    pipeline.wait_for(lambda: set(NAMES) <= set(Admin(pipeline.kafka).partitions()), "the topics again")
    pipeline.says(f"{session_id}-text", range(10, 20))
    pipeline.hears(windows[6:])
    assert any("was deleted: made again" in stage.log for stage in pipeline.stages.values())
    assert pipeline.rows(f"{session_id}-text") == list(range(20))


def test_added_partitions_are_told_read_and_take_no_stream_apart(pipeline: Pipeline, session_id: str) -> None:
    windows = noise_windows(session_id, 24)
    pipeline.hears(windows[:8])
    pipeline.says(f"{session_id}-text", range(10))
    add_partitions(pipeline.kafka, NAMES, 4)
    publish_windows(pipeline.kafka, windows[8:16])
    pipeline.wait_for(
        lambda: all("PARTITIONS is 1" in str(health_of(port).get("reason")) for port in pipeline.ports.values()),
        "every stage tells it",
    )
    assert not any(health_of(port)["ok"] for port in pipeline.ports.values())
    pipeline.hears(windows[16:])
    pipeline.says(f"{session_id}-text", range(10, 20))
    heard = Counter(one.window_id for one in transcripts_of(pipeline.kafka, session_id))
    assert heard == {window.window_id: 1 for window in windows}
    four = pipeline.kafka.model_copy(update={"partitions": 4})
    marks = Admin(four).watermarks([WINDOWS.name, TRANSCRIPTS.name])
    assert {number for (_, number), (_, end) in marks.items() if end} == {0}
    producer = Producer(client_config(pipeline.kafka))  # another's, who lets his client choose
    number = 30
    made = transcript(f"{session_id}-text", spoken("Sentence.", start=number * 160_000), own_from=number * 160_000)
    producer.produce(TRANSCRIPTS.name, key=b"theirs", value=encode(made), partition=3)
    assert producer.flush(30) == 0
    pipeline.wait_for(lambda: number in pipeline.rows(f"{session_id}-text"), "what lies in a new partition")
    sink = pipeline.stages["sink"]
    assert sink.stop() == 0
    with sink:
        assert sink.child.wait(120) == 78
        assert "EARSHOT_KAFKA__PARTITIONS is 1" in sink.log
    sink.__enter__()
