"""Stages without a broker for longer than their watchdog's patience: the same processes go on."""

import json
import urllib.request
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.kafka import Broker
from runtime.kafka import Writer, WriterOptions
from runtime.settings import (
    ClickHouseSettings,
    LocalSettings,
    LogSettings,
    OpsSettings,
    Settings,
    WhisperSettings,
)
from schemas.codec import decode, encode
from schemas.events import Segment
from schemas.topics import SEGMENTS, TRANSCRIPTS, stream_key
from sinks.clickhouse.store import Store
from tests.support.broker import create_topics
from tests.support.ports import free_ports
from tests.support.random_whisper import build_random_whisper
from tests.support.stage_process import StageProcess
from tests.support.transcribing import noise_windows, publish_windows, read_all, transcripts_of
from tests.support.transcripts import spoken, transcript

pytestmark = pytest.mark.timeout(600)  # four processes on a busy machine
STAGES = ("segmenter", "transcriber", "glossary", "sink")
STALL_S = 12.0


def say(broker: Broker, session_id: str, first: int, count: int) -> None:
    with Writer(broker.kafka, WriterOptions(name="test")) as writer:
        for number in range(first, first + count):
            own_from = number * 160_000
            made = transcript(session_id, spoken("Sentence.", start=own_from), own_from=own_from)
            writer.send(TRANSCRIPTS.name, stream_key(session_id, "C01"), encode(made))


def health_of(port: int) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        health: dict[str, object] = json.load(answer)
    return health


def away_s(port: int) -> float:
    health = health_of(port)
    assert health["ok"], health
    return float(str(health["broker_away_s"]))


def test_every_stage_outlives_a_long_outage(
    own_broker: Broker, clickhouse: ClickHouseSettings, session_id: str, tmp_path: Path
) -> None:
    """Killed in the middle of their work, and away for longer than the watchdog waits."""
    create_topics(own_broker.kafka)
    windows = noise_windows(session_id, 60)
    model = build_random_whisper(tmp_path / "model", card={"fitted_context": True})
    settings = Settings(
        kafka=own_broker.kafka,
        clickhouse=clickhouse.model_copy(update={"batch_ms": 50}),
        local=LocalSettings(data_dir=str(tmp_path / "data")),
        log=LogSettings(format="json"),
        whisper=WhisperSettings(model=str(model), batch_windows=2, logprob_threshold=-100.0),
    )
    ports = dict(zip(STAGES, free_ports(len(STAGES)), strict=True))
    store = Store(clickhouse)
    store.migrate()

    def rows() -> list[int]:
        sql = "SELECT start_sample FROM segments WHERE session_id = {session:String}"
        return [start for (start,) in store.ask(sql, {"session": f"{session_id}-text"}).rows]

    with ExitStack() as stack:
        stages = {
            name: stack.enter_context(
                StageProcess(
                    name, settings.model_copy(update={"ops": OpsSettings(port=port, stall_s=STALL_S)}), tmp_path
                )
            )
            for name, port in ports.items()
        }
        publish_windows(own_broker.kafka, windows[:30])
        say(own_broker, f"{session_id}-text", 0, 20)
        stages["sink"].wait_for(lambda: len(rows()) >= 20)
        stages["transcriber"].wait_for(lambda: len(transcripts_of(own_broker.kafka, session_id)) >= 2)
        own_broker.kill()
        for name, stage in stages.items():
            stage.wait_for(lambda port=ports[name]: away_s(port) > STALL_S)
        own_broker.start()
        publish_windows(own_broker.kafka, windows[30:])
        say(own_broker, f"{session_id}-text", 20, 20)
        for stage in stages.values():
            stage.wait_for_line("a broker answers at")
        stages["sink"].wait_for(lambda: len(rows()) >= 40)
        stages["transcriber"].wait_for(lambda: len(transcripts_of(own_broker.kafka, session_id)) >= len(windows))
        for name, stage in stages.items():
            stage.wait_for(lambda port=ports[name]: away_s(port) == 0)
            assert "it is waited for" in stage.log
            assert stage.stop() == 0, stage.log
    assert sorted(rows()) == [160_000 * number for number in range(40)]
    heard = Counter(one.window_id for one in transcripts_of(own_broker.kafka, session_id))
    assert heard == {window.window_id: 1 for window in windows}
    assert set(segments_of(own_broker, session_id)) >= set(rows())
    store.close()


def segments_of(broker: Broker, session_id: str) -> list[int]:
    """Start samples of the segments in the log: repeated ones are equal, and one in the table."""
    made = [decode(Segment, record.value) for record in read_all(broker.kafka, SEGMENTS.name)]
    return [one.start_sample for one in made if one.session_id == f"{session_id}-text"]
