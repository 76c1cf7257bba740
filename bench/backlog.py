"""A backlog of windows in a broker of the benchmark's own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from local.kafka import Broker
from local.ports import free_ports
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings, LocalSettings, Settings, WhisperSettings, environment_of
from schemas.audio import SAMPLE_RATE_HZ
from schemas.codec import decode
from schemas.events import SpeechWindow, Transcript
from schemas.topics import AUDIO, CHANNELS, TRANSCRIPTS, WINDOWS

WAIT_S = 600.0
POLL_S = 0.2
AUDIO_NAMES = tuple(topic.name for topic in AUDIO)


def build_backlog(folder: Path, repeat: int) -> "Backlog":
    """A broker below `folder`, not yet started, that will hold the exercise `repeat` times."""
    kafka, controller = free_ports(2)
    local = LocalSettings(data_dir=str(folder), kafka_port=kafka, kafka_controller_port=controller)
    return Backlog(Broker(local), repeat, KafkaSettings(bootstrap=f"127.0.0.1:{kafka}"))


@dataclass(frozen=True, slots=True)
class Backlog:
    """Entering it starts the broker, publishes the exercise and cuts it into windows."""

    broker: Broker
    repeat: int
    kafka: KafkaSettings

    def __enter__(self) -> Self:
        self.broker.start()
        Admin(self.kafka).ensure_topics()
        for number in range(self.repeat):
            self._publish(f"drain-{number}")
        self._segment()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.broker.stop()

    def drain(self, model: str, core: int) -> tuple[int, float, float]:
        """Runs the transcriber on one core over all windows; returns windows, speech seconds and busy seconds.

        The clock starts with the first batch's transcripts, so their windows are left out of the count as well: the
        time in which the model loads and the group forms is not decoding.
        """
        whisper = WhisperSettings(model=model, device="cpu", compute_type="int8", cpu_threads=1)
        windows = {window.window_id: len(window.pcm) / 2 / SAMPLE_RATE_HZ for window in self.windows()}
        child = _start("transcriber", Settings(kafka=self.kafka, whisper=whisper), core)
        try:
            _wait(lambda: self._lag("transcriber", (WINDOWS.name,)) == 0, "the transcriber")
        finally:
            child.terminate()
            child.wait(20)
        records = self._read(TRANSCRIPTS.name)
        first_us, last_us = records[0].timestamp_us, records[-1].timestamp_us
        timed = [record for record in records if record.timestamp_us > first_us]
        audio_s = sum(windows[decode(Transcript, record.value).window_id] for record in timed)
        return len(timed), audio_s, (last_us - first_us) / 1e6

    def windows(self) -> list[SpeechWindow]:
        """Every final window in the log."""
        return [decode(SpeechWindow, record.value) for record in self._read(WINDOWS.name)]

    def save_windows(self, path: Path) -> Path:
        """Writes the PCM of every window for the peers, which know no Kafka."""
        arrays = {f"w{number:05d}": np.frombuffer(w.pcm, np.int16) for number, w in enumerate(self.windows())}
        np.savez(path, **arrays)  # type: ignore[arg-type]
        return path

    def _publish(self, session_id: str) -> None:
        files = [f"demo/audio/{channel}.ogg" for channel in CHANNELS]
        command = [sys.executable, "-m", "earshot", "capture", *files, "--session", session_id, "--speed", "max"]
        subprocess.run(command, check=True, env=_environment(Settings(kafka=self.kafka)), stdout=subprocess.DEVNULL)

    def _segment(self) -> None:
        child = _start("segmenter", Settings(kafka=self.kafka), None)
        try:
            _wait(lambda: self._lag("segmenter", AUDIO_NAMES) == 0, "the segmenter")
        finally:
            child.terminate()
            child.wait(20)

    def _lag(self, stage: str, topics: tuple[str, ...]) -> int:
        return Admin(self.kafka).lag(f"{self.kafka.group_prefix}.{stage}", topics)

    def _read(self, topic: str) -> list[Record]:
        end = Admin(self.kafka).watermarks([topic])[(topic, 0)][1]
        records: list[Record] = []
        with Reader(self.kafka, ReaderOptions(topics=(topic,))) as reader:
            while reader.position((topic, 0)) < end:
                records += reader.read(500, POLL_S)
        return records


def _start(stage: str, settings: Settings, core: int | None) -> "subprocess.Popen[bytes]":
    def bind() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})

    command = [sys.executable, "-m", "earshot", "run", stage]
    return subprocess.Popen(command, env=_environment(settings), preexec_fn=bind)  # noqa: PLW1509


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, **environment_of(settings)}  # noqa: TID251


def _wait(done: Callable[[], bool], who: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit(f"{who} has not finished in {WAIT_S:g} s")
        time.sleep(POLL_S)
