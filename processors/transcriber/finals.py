"""The lane of final windows: every one is answered once, and its answer and its offset are committed together."""

import logging
import time

from prometheus_client import Counter

from processors.transcriber.context import ContextRule, context_frames
from processors.transcriber.decoder import Undecodable
from processors.transcriber.ledger import Ledger, Place
from processors.transcriber.model_thread import ModelThread, Result
from processors.transcriber.task import Task, Ticket
from processors.transcriber.window_record import STAGE, read_window
from runtime.dead_letters import dead_letter
from runtime.errors import BadRecord, DecodeFailed, EarshotError, Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.transaction import Output, TransactionalWriter
from runtime.settings import KafkaSettings, WhisperSettings
from schemas.audio import SAMPLE_BYTES
from schemas.codec import encode
from schemas.events import Transcript
from schemas.topics import DEAD_LETTERS, TRANSCRIPTS, WINDOWS, stream_key

log = logging.getLogger(__name__)
BATCHES_IN_WORK = 4
"""Windows held in memory, in batches; more stay in Kafka."""

WINDOWS_SEEN = Counter("earshot_transcriber_windows", "Final windows answered, by outcome", ["outcome"])
ABORTED = Counter("earshot_transcriber_transactions_aborted", "Transactions that had to be done again")


class FinalLane:
    """Reads windows, hands them to the model thread, and publishes the answers in order of their partitions."""

    def __init__(self, kafka: KafkaSettings, whisper: WhisperSettings, rule: ContextRule, model: ModelThread) -> None:
        self._rule = rule
        self._model = model
        self._ledger: Ledger[Output] = Ledger()
        self._records: dict[Ticket, Record] = {}
        self._capacity = BATCHES_IN_WORK * whisper.batch_windows
        self._paused = False
        self._must_go_back = False
        self._writer = TransactionalWriter(kafka, f"{kafka.group_prefix}.transcriber.{kafka.member}")
        options = ReaderOptions(
            topics=(WINDOWS.name,),
            group=f"{kafka.group_prefix}.transcriber",
            session_timeout_ms=whisper.session_timeout_ms,
            on_revoke=self._on_revoke,
        )
        self._reader = Reader(kafka, options)

    def __len__(self) -> int:
        """Windows in work."""
        return len(self._ledger)

    def waiting(self) -> int:
        """Windows that are not answered yet, in Kafka and here."""
        return self._reader.lag() + len(self._ledger)

    def pull(self, timeout_s: float) -> None:
        """Takes in new windows, waiting for the first of them for up to `timeout_s`."""
        if self._must_go_back and not self._has_gone_back():
            return
        self._hold_back()
        records = self._reader.read(1, timeout_s)
        room = self._capacity - len(self._ledger) - len(records)
        if records and room > 0:
            records += self._reader.read(room, 0.0)
        if records:
            owned = self._reader.assignment()
            for record in records:
                if (record.topic, record.partition) in owned:
                    self._take_in(record)

    def note(self, result: Result) -> None:
        """Notes the answer to a window; one of a partition that is another member's now is dropped."""
        record = self._records.pop(result.task.ticket, None)
        if record is None:
            return
        if isinstance(result.outcome, Undecodable):
            self._bury(result.task.ticket, record, DecodeFailed(result.outcome.error))
            return
        self._ledger.finish(result.task.ticket, _output_of(result.outcome))
        WINDOWS_SEEN.labels("rejected" if result.outcome.rejected else "transcribed").inc()

    def publish(self) -> int:
        """Commits every answer that no unanswered window precedes; returns how many."""
        ready = self._ledger.ready()
        if not ready.offsets:
            return 0
        if self._writer.publish(ready.outputs, ready.offsets, self._reader):
            self._ledger.settle(ready)
            return len(ready.outputs)
        ABORTED.inc()
        self._forget(self._ledger.clear())
        self._must_go_back = True
        return 0

    def close(self) -> None:
        """Leaves the group; unanswered windows go to the other members, or wait."""
        self._reader.close()
        self._writer.close()

    def _has_gone_back(self) -> bool:
        """After an aborted transaction nothing is taken in before the reader stands at its committed offsets."""
        try:
            self._reader.rewind()
        except Unavailable as error:
            log.info("%s; trying again", error)
            return False
        self._must_go_back = False
        return True

    def _take_in(self, record: Record) -> None:
        ticket = self._ledger.admit((record.topic, record.partition), record.offset)
        if ticket is None:
            return
        try:
            window = read_window(record)
        except BadRecord as error:
            self._bury(ticket, record, error)
            return
        self._records[ticket] = record
        context = context_frames(len(window.pcm) // SAMPLE_BYTES, self._rule)
        self._model.offer_final(Task(window, record.timestamp_us, time.monotonic(), context, ticket))

    def _bury(self, ticket: Ticket, record: Record, error: EarshotError) -> None:
        letter = dead_letter(record, STAGE, error)
        self._ledger.finish(ticket, Output(DEAD_LETTERS.name, letter.key, letter.value))
        WINDOWS_SEEN.labels("dead_letter").inc()

    def _hold_back(self) -> None:
        """Fetches no more while enough windows are in work; resumes at half, because a pause costs a refetch."""
        if len(self._ledger) >= self._capacity:
            self._reader.pause()  # each time: partitions that came to us since are not paused yet
            self._paused = True
        elif self._paused and len(self._ledger) <= self._capacity // 2:
            self._reader.resume()
            self._paused = False

    def _on_revoke(self, places: set[Place]) -> None:
        tickets = self._ledger.revoke(places)
        if tickets:
            log.info("%d windows in work go to another member", len(tickets))
        self._forget(tickets)

    def _forget(self, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            self._records.pop(ticket, None)
        self._model.withdraw(tickets)


def _output_of(transcript: Transcript) -> Output:
    key = stream_key(transcript.session_id, transcript.channel_id)
    return Output(TRANSCRIPTS.name, key, encode(transcript))
