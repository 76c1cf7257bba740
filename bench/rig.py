"""A broker of the benchmark's own, and stages run on it until nothing waits."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local.kafka import Broker
from local.ports import free_ports
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import Admin
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import KafkaSettings, LocalSettings, Settings, WhisperSettings, environment_of
from schemas.codec import decode
from schemas.events import SpeechWindow, Transcript
from schemas.topics import AUDIO, TRANSCRIPTS, WINDOWS

WAIT_S = 1200.0
POLL_S = 0.2
STOP_S = 20.0
AUDIO_NAMES = tuple(topic.name for topic in AUDIO)


@dataclass(frozen=True, slots=True)
class Rig:
    """Entering it starts the broker; leaving it ends the broker. Sessions are published one after the other."""

    broker: Broker
    kafka: KafkaSettings

    @classmethod
    def below(cls, folder: Path) -> "Rig":
        """A rig on free ports with its data below `folder`."""
        kafka, controller = free_ports(2)
        local = LocalSettings(data_dir=str(folder), kafka_port=kafka, kafka_controller_port=controller)
        return cls(Broker(local), KafkaSettings(bootstrap=f"127.0.0.1:{kafka}"))

    def __enter__(self) -> Self:
        self.broker.start()
        Admin(self.kafka).ensure_topics()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.broker.stop()

    def publish(self, session_id: str, files: Iterable[Path], channels: Sequence[str]) -> None:
        """Publishes files, one per channel, as fast as possible."""
        publish(self.kafka, session_id, ["--channel", ",".join(channels), *map(str, files)])

    def segment(self) -> None:
        """Cuts everything into windows."""
        self._run("segmenter", Settings(kafka=self.kafka), AUDIO_NAMES, None)

    def transcribe(self, model: str, core: int | None = None) -> None:
        """Transcribes every window, bound to one core if told so."""
        whisper = WhisperSettings(model=model, device="cpu", compute_type="int8", cpu_threads=1)
        self._run("transcriber", Settings(kafka=self.kafka, whisper=whisper), (WINDOWS.name,), core)

    def windows(self) -> list[SpeechWindow]:
        """Every final window."""
        return [decode(SpeechWindow, record.value) for record in self.records(WINDOWS.name)]

    def transcripts(self) -> list[Transcript]:
        """Every final transcript."""
        return [decode(Transcript, record.value) for record in self.records(TRANSCRIPTS.name)]

    def records(self, topic: str) -> list[Record]:
        """All that a topic holds."""
        end = Admin(self.kafka).watermarks([topic])[(topic, 0)][1]
        records: list[Record] = []
        with Reader(self.kafka, ReaderOptions(topics=(topic,))) as reader:
            while reader.position((topic, 0)) < end:
                records += reader.read(500, POLL_S)
        return records

    def _run(self, stage: str, settings: Settings, topics: tuple[str, ...], core: int | None) -> None:
        def bind() -> None:
            if core is not None:
                os.sched_setaffinity(0, {core})

        command = [sys.executable, "-m", "earshot", "run", stage]
        child = subprocess.Popen(command, env=_environment(settings), preexec_fn=bind)  # noqa: PLW1509
        group = f"{self.kafka.group_prefix}.{stage}"
        offsets = GroupOffsets(self.kafka, group)
        try:
            _wait(lambda: offsets.waiting(topics) == 0, child, stage)
        finally:
            offsets.close()
            child.terminate()
            child.wait(STOP_S)


def publish(kafka: KafkaSettings, session_id: str, arguments: Sequence[str]) -> None:
    """Publishes files as fast as possible, given the capture command's arguments for them."""
    command = [sys.executable, "-m", "earshot", "capture", *arguments, "--session", session_id, "--speed", "max"]
    subprocess.run(command, check=True, env=_environment(Settings(kafka=kafka)), stderr=subprocess.DEVNULL)


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "EARSHOT_LOG__LEVEL": "warning", **environment_of(settings)}  # noqa: TID251


def _wait(is_done: Callable[[], bool], child: "subprocess.Popen[bytes]", stage: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_done():
        if child.poll() is not None:
            raise SystemExit(f"the {stage} has ended with status {child.returncode}")
        if time.monotonic() > deadline:
            raise SystemExit(f"the {stage} has not finished in {WAIT_S:g} s")
        time.sleep(POLL_S)
