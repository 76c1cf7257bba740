"""One session played through a running pipeline: published, watched, and waited for until the last row."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from demo.live.account import COUNTED, Account, Ledger, session_of
from demo.live.board import Board
from demo.live.capture import Capture, CaptureOptions
from runtime.errors import EarshotError
from runtime.kafka import Reader, ReaderOptions
from runtime.kafka.connection import TopicPartition
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import Settings
from schemas.codec import decode
from schemas.events import Segment
from schemas.topics import AUDIO, SEGMENTS_INTERIM, TRANSCRIPTS, WINDOWS
from sinks.clickhouse.store import Store

AUDIO_NAMES = tuple(topic.name for topic in AUDIO)
WATCHED = (*COUNTED, SEGMENTS_INTERIM.name)
FOLLOWED = ("segmenter", "transcriber", "glossary")
READ_RECORDS = 200
READ_TIMEOUT_S = 0.1
LAG_EVERY_S = 1.0
STANDSTILL_S = 60.0

Show = Callable[[Board], None]


@dataclass(frozen=True, slots=True)
class Played:
    """How a session came out."""

    session_id: str
    account: Account
    ledger: Ledger
    drain_s: float
    """From the last frame published to the last row."""


class Play:
    """Plays and watches. Everything is counted from the ends that the topics have when it is made."""

    def __init__(self, settings: Settings, options: CaptureOptions, board: Board) -> None:
        self._kafka = settings.kafka
        self._settings = settings
        self._options = options
        self._board = board
        self._groups = {
            stage: GroupOffsets(settings.kafka, f"{settings.kafka.group_prefix}.{stage}") for stage in FOLLOWED
        }
        self._store = Store(settings.clickhouse)
        self._ledger = Ledger(options.session_id)
        self._audio_from = self._ends(AUDIO_NAMES)
        self._reader = Reader(self._kafka, ReaderOptions(topics=WATCHED, offsets=self._ends(WATCHED)))
        self._lag_at = float("-inf")

    def run(self, show: Show, on_tick: Callable[[float], None] = lambda position_s: None) -> Played:
        """Publishes the files and returns when the last row is in. Raises EarshotError on failure or a standstill."""
        capture = Capture(self._settings, self._options)
        try:
            while not capture.ended():
                self._watch(capture)
                show(self._board)
                on_tick(self._board.position_s)
            self._watch(capture)
            for channel in self._board.channels.values():
                channel.ended = True
            ended_at = time.monotonic()
            account = self._drain(capture, show)
        finally:
            capture.stop()
            self._reader.close()
            self._store.close()
            for group in self._groups.values():
                group.close()
        return Played(self._options.session_id, account, self._ledger, time.monotonic() - ended_at)

    def _watch(self, capture: Capture) -> None:
        for report in capture.reports():
            if "channel" in report:
                self._board.on_level(report["channel"], report["position_s"], report["level_dbfs"])
        for record in self._reader.read(READ_RECORDS, READ_TIMEOUT_S):
            if record.topic == SEGMENTS_INTERIM.name:
                segment = decode(Segment, record.value) if session_of(record) == self._options.session_id else None
            else:
                segment = self._ledger.take(record)
            if segment is not None:
                self._board.on_segment(segment, time.time_ns() // 1000)
        if time.monotonic() - self._lag_at > LAG_EVERY_S:
            self._board.lag = self._lag()
            self._lag_at = time.monotonic()

    def _drain(self, capture: Capture, show: Show) -> Account:
        """Watches until everything is accounted for, or nothing has moved for a minute."""
        moved_at, before = time.monotonic(), None
        while True:
            self._watch(capture)
            show(self._board)
            account = self._account(capture)
            if not account.faults and self._is_corrected():
                return account
            if account != before:
                moved_at, before = time.monotonic(), account
            elif time.monotonic() - moved_at > STANDSTILL_S:
                return account

    def _account(self, capture: Capture) -> Account:
        ends = self._ends(AUDIO_NAMES)
        records = sum(end - self._audio_from[partition] for partition, end in ends.items())
        in_kafka = records - len(self._options.files)  # before its frames, the capture's claim of each channel
        return self._ledger.close((capture.frames, in_kafka, self._pending(ends)), self._rows())

    def _pending(self, ends: Mapping[TopicPartition, int]) -> int:
        committed = self._groups["segmenter"].committed(AUDIO_NAMES)
        return sum(
            max(0, end - max(committed.get(partition, 0), self._audio_from[partition]))
            for partition, end in ends.items()
        )

    def _is_corrected(self) -> bool:
        """Whether the glossary stage is past the last transcript (behind which lies the transaction's marker)."""
        committed = self._groups["glossary"].committed((TRANSCRIPTS.name,))
        return all(committed.get(partition, 0) > last for partition, last in self._ledger.transcripts_to.items())

    def _rows(self) -> list[str]:
        try:
            answer = self._store.ask(
                "SELECT segment_id FROM transcript WHERE session_id = {session:String}",
                {"session": self._options.session_id},
            )
        except EarshotError as error:
            if error.retriable:
                return []
            raise
        return [str(row[0]) for row in answer.rows]

    def _lag(self) -> dict[str, int]:
        frames = self._pending(self._ends(AUDIO_NAMES))
        windows = self._groups["transcriber"].waiting((WINDOWS.name,))
        return {"frames held": frames, "windows waiting": windows}

    def _ends(self, topics: tuple[str, ...]) -> dict[TopicPartition, int]:
        return self._groups["segmenter"].ends(topics)
