"""One session played through a running pipeline: published, watched, and waited for until the last row."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from demo.live.account import COUNTED, Account, Ledger, session_of
from demo.live.board import Board
from demo.live.capture import Capture, CaptureOptions
from runtime.errors import EarshotError, Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
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
OPEN_S = 1.0
"""The screen waits no longer for the end of an open transaction."""

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
        reading = ReaderOptions(topics=WATCHED, offsets=self._ends(WATCHED), tells_end=True)
        self._reader = Reader(self._kafka, reading)
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
            self._take(record)
        if time.monotonic() - self._lag_at > LAG_EVERY_S:
            self._board.lag = self._lag()
            self._lag_at = time.monotonic()

    def _take(self, record: Record) -> None:
        if record.topic == SEGMENTS_INTERIM.name:
            segment = decode(Segment, record.value) if session_of(record) == self._options.session_id else None
        else:
            segment = self._ledger.take(record)
        if segment is not None:
            self._board.on_segment(segment, time.time_ns() // 1000)

    def _drain(self, capture: Capture, show: Show) -> Account:
        """Watches until everything is accounted for, or nothing has moved for a minute."""
        moved_at, before = time.monotonic(), None
        while True:
            self._watch(capture)
            account, is_settled = self._account(capture)
            show(self._board)
            if is_settled:
                return account
            if account != before:
                moved_at, before = time.monotonic(), account
            elif time.monotonic() - moved_at > STANDSTILL_S:
                return account

    def _account(self, capture: Capture) -> tuple[Account, bool]:
        """The account, and whether nothing is on its way any more.

        The stages are asked first: what they have committed the work on is in the log, so that reading to its end then
        finds all that came of it. Asked afterwards, they might have written in between what was not read.
        """
        ends = self._ends(AUDIO_NAMES)
        records = sum(end - self._audio_from[partition] for partition, end in ends.items())
        in_kafka = records - len(self._options.files)  # before its frames, the capture's claim of each channel
        pending = self._pending(ends)
        corrected = self._groups["glossary"].committed((TRANSCRIPTS.name,))
        has_read_all = self._has_read_all()
        account = self._ledger.close((capture.frames, in_kafka, pending), self._rows())
        # behind the last transcript lies the marker of its transaction, which nobody commits past
        is_corrected = all(corrected.get(place, 0) > last for place, last in self._ledger.transcripts_to.items())
        return account, has_read_all and is_corrected and not account.faults

    def _has_read_all(self) -> bool:
        """Takes all that the topics hold; False where they end in a transaction that is still open."""
        try:
            for record in self._reader.read_to(self._ends(WATCHED), OPEN_S):
                self._take(record)
        except Unavailable:
            return False
        return True

    def _pending(self, ends: Mapping[TopicPartition, int]) -> int:
        committed = self._groups["segmenter"].committed(AUDIO_NAMES)
        return sum(
            max(0, end - max(committed.get(partition, 0), self._audio_from[partition]))
            for partition, end in ends.items()
        )

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
