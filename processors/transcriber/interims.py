"""The lane of interim windows: guesses for the eye, which may be skipped and never hold up a final.

Its consumer group is its own, starts at the end of the log and commits nothing: with several members each takes its
partitions' streams, and after a restart or a rebalance old guesses are passed over.
"""

import logging
import time
from collections import deque

from prometheus_client import Counter

from processors.transcriber.context import ContextRule, context_frames
from processors.transcriber.decoder import Undecodable
from processors.transcriber.model_thread import ModelThread, Result
from processors.transcriber.task import Task
from processors.transcriber.window_record import STAGE, read_window
from runtime.dead_letters import Letter, dead_letter
from runtime.errors import BadRecord, Unavailable
from runtime.kafka import Reader, ReaderOptions, Record, Writer, WriterOptions
from runtime.settings import KafkaSettings, WhisperSettings
from schemas.audio import SAMPLE_BYTES
from schemas.codec import encode
from schemas.topics import DEAD_LETTERS, TRANSCRIPTS_INTERIM, WINDOWS_INTERIM, stream_key

log = logging.getLogger(__name__)
MOST_RECORDS = 64
LAST_RECORDS_S = 1.0

INTERIMS_SEEN = Counter("earshot_transcriber_interims", "Interim windows answered, by outcome", ["outcome"])


class InterimLane:
    """Reads interim windows for the model thread and publishes what it makes of them, without waiting."""

    def __init__(self, kafka: KafkaSettings, whisper: WhisperSettings, rule: ContextRule, model: ModelThread) -> None:
        self._rule = rule
        self._model = model
        options = ReaderOptions(
            topics=(WINDOWS_INTERIM.name,),
            group=f"{kafka.group_prefix}.transcriber.interim",
            start="latest",
            session_timeout_ms=whisper.session_timeout_ms,
        )
        self._letters: deque[Letter] = deque()
        self._reader = Reader(kafka, options)
        self._writer = Writer(
            kafka,
            WriterOptions("transcriber.interim", linger_ms=0, buffer_bytes=4 * 1024 * 1024, delivery_timeout_ms=0),
        )

    def pull(self) -> None:
        """Takes in what has come, unless dead letters still wait for room in the buffer."""
        self._send_letters()
        if not self._letters:
            for record in self._reader.read(MOST_RECORDS, 0.0):
                self._take_in(record)

    def note(self, result: Result) -> None:
        """Publishes an answer, unless the broker is away and the buffer full."""
        if isinstance(result.outcome, Undecodable):
            INTERIMS_SEEN.labels("undecodable").inc()
            return
        key = stream_key(result.outcome.session_id, result.outcome.channel_id)
        sent = self._writer.try_send(TRANSCRIPTS_INTERIM.name, key, encode(result.outcome))
        INTERIMS_SEEN.labels("transcribed" if sent else "unsent").inc()

    def close(self) -> None:
        """Leaves the group, and lets go what is on its way."""
        self._reader.close()
        self._send_letters()
        try:
            self._writer.flush(LAST_RECORDS_S)
        except Unavailable as error:
            log.warning("%s", error)

    def _send_letters(self) -> None:
        while self._letters and self._writer.try_send(DEAD_LETTERS.name, self._letters[0].key, self._letters[0].value):
            self._letters.popleft()

    def _take_in(self, record: Record) -> None:
        try:
            window = read_window(record)
        except BadRecord as error:
            self._letters.append(dead_letter(record, STAGE, error))
            INTERIMS_SEEN.labels("dead_letter").inc()
            return
        context = context_frames(len(window.pcm) // SAMPLE_BYTES, self._rule)
        self._model.offer_interim(Task(window, record.timestamp_us, time.monotonic(), context))
