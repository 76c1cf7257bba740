"""One recorded session that every test of review reads; each test writes under names of its own."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from producers.pacing import Pacer
from review.fixture_file import read_fixture
from review.pipeline import LocalPipeline, Made
from review.publishing import Naming, Republisher, push_segments
from review.recording import LoggedRecording, merged
from review.search import find_session
from review.stages import SINK, Stages
from runtime.kafka import Reader, ReaderOptions, Writer, WriterOptions
from runtime.process import Process
from runtime.settings import ClickHouseSettings, KafkaSettings, Settings
from schemas.codec import encode
from schemas.topics import SEGMENTS, TRANSCRIPTS, stream_key
from sinks.clickhouse.sink import Sink, SinkOptions
from sinks.clickhouse.store import Store
from tests.integration.review.support import build_lettered_whisper, never, settings_of, write_fixture
from tests.support.broker import BrokerWithTopics
from tests.support.voice import silence, voice


@dataclass(frozen=True)
class Recorded:
    """A session in the log and in the tables."""

    session_id: str
    recording: LoggedRecording
    made: Made
    channels: dict[str, np.ndarray]
    folder: Path
    """The fixture that it was published from."""


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights that says words of random letters."""
    return build_lettered_whisper(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def pipeline(model: Path) -> LocalPipeline:
    """The pipeline with the settings of `settings` and no glossary; loaded once."""
    return LocalPipeline(settings_of(model, KafkaSettings()), [])


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker of review's own, one for each process that runs such tests.

    They look through whole topics, follow every session, and wait until all that was published is done: what tests
    beside them publish on the shared broker would be looked through, followed and waited for as well.
    """
    broker = BrokerWithTopics(tmp_path_factory.mktemp("review"))
    yield broker.address
    broker.stop()


@pytest.fixture(scope="session")
def settings(model: Path, bootstrap: str, shared_clickhouse_url: str) -> Iterator[Settings]:
    """Settings of everything at once: the broker, and a database for the tests of review."""
    name = f"review_{uuid.uuid4().hex[:12]}"
    kafka = KafkaSettings(bootstrap=bootstrap, group_prefix=name)
    clickhouse = ClickHouseSettings(url=shared_clickhouse_url, database=name)
    yield settings_of(model, kafka).model_copy(update={"clickhouse": clickhouse})
    httpx.post(shared_clickhouse_url, content=f"DROP DATABASE IF EXISTS {name}").raise_for_status()


@pytest.fixture(scope="session")
def store(settings: Settings) -> Iterator[Store]:
    """The tables."""
    store = Store(settings.clickhouse)
    store.migrate()
    yield store
    store.close()


@pytest.fixture(scope="session")
def sink(settings: Settings, store: Store) -> Iterator[None]:
    """The real sink, in a thread."""
    process = Process("sink")
    group = f"{settings.kafka.group_prefix}.sink"
    own = Store(settings.clickhouse)

    def work() -> None:
        with Writer(settings.kafka, WriterOptions(name=group)) as writer:
            loop = Sink(own, writer, process, SinkOptions(group, batch_rows=500, batch_s=0.05))
            with Reader(settings.kafka, ReaderOptions((SEGMENTS.name,), group, on_revoke=loop.on_revoke)) as reader:
                loop.run(reader)

    thread = threading.Thread(target=work, name="sink")
    thread.start()
    yield
    process.stop.set()
    thread.join()
    own.close()


@pytest.fixture(scope="session")
def recorded(
    settings: Settings, sink: None, pipeline: LocalPipeline, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """A session as the stages leave it: frames, transcripts and segments in the log, rows in the tables."""
    session_id = f"s-{uuid.uuid4().hex[:12]}"
    channels = spoken_channels()
    folder = write_fixture(tmp_path_factory.mktemp("recorded") / session_id, channels)
    fixture = read_fixture(folder)
    frames = merged(fixture, fixture.channels)
    Republisher(settings.kafka, Pacer(None, never())).publish(frames, Naming(session_id), lambda placed: None)
    recording = find_session(settings.kafka, session_id, {})
    made = pipeline.run(merged(recording, recording.channels), session_id)
    with Writer(settings.kafka, WriterOptions(name="transcripts")) as writer:
        for one in made.transcripts:
            writer.send(TRANSCRIPTS.name, stream_key(one.session_id, one.channel_id), encode(one))
    push_segments(settings.kafka, made.segments)
    Stages(settings.kafka).wait_for({}, (SINK,))
    return Recorded(session_id, recording, made, channels, folder)


def spoken_channels() -> dict[str, np.ndarray]:
    """Two channels that speak, and one that does not."""
    one = np.concatenate([silence(0.5, 1), voice(2.0, 1), silence(1.2, 2), voice(1.5, 3), silence(0.8, 4)])
    two = np.concatenate([silence(1.0, 5), voice(1.8, 6), silence(1.0, 7)])
    return {"C01": one, "C02": two, "C03": silence(3.0, 8)}
