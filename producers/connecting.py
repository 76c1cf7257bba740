"""The way from a publisher to the broker, which may be away when it starts."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from producers.broker_watch import Waits
from producers.leftovers import send_leftovers
from producers.outbox import Outbox
from producers.spool import SpoolFolder
from producers.spooled_outbox import SpooledOutbox
from producers.tails import StreamEnd, stream_ends
from runtime.errors import ConfigError, Stopped, Unavailable
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.settings import KafkaSettings, Settings
from schemas.topics import AUDIO, audio_topic

log = logging.getLogger(__name__)
TAIL_RECORDS = 1_000  # a live session alone in its partition: 96 s
RESUME_TAIL_RECORDS = 20_000  # 32 minutes
SPOOL_CONNECT_S = 3.0
BYTES_PER_GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Connection:
    """An outbox, and what was learnt of the broker on the way."""

    outbox: Outbox | SpooledOutbox
    kafka: KafkaSettings
    tail_records: int
    """How far back a stream's end is looked for; 0 where the broker could not be asked."""
    new_topics: frozenset[str]
    spool: SpoolFolder | None

    def ends_of(self, session_id: str, channels: Iterable[str]) -> dict[str, StreamEnd]:
        """The streams of the session that exist already. Raises Unavailable if the broker does not answer."""
        old = [channel for channel in channels if audio_topic(channel) not in self.new_topics]
        if not old or not self.tail_records:
            return {}
        return stream_ends(self.kafka, session_id, old, self.tail_records)

    def close(self) -> None:
        """Closes the outbox; what it raises, it raises."""
        try:
            self.outbox.close()
        finally:
            if self.spool is not None:
                self.spool.close()


def connect(settings: Settings, session_id: str, resume: bool, waits: Waits) -> Connection:
    """Connects: with a spool also to a broker that is away, and what was left in the spool is sent before.

    Raises Unavailable if the broker does not answer and must, ConfigError for a spool that cannot be used.
    """
    if not settings.capture.spool_dir:
        _wait(settings.kafka, settings.capture.connect_s, waits)
        created = frozenset(Admin(settings.kafka).ensure_topics(AUDIO))
        depth = RESUME_TAIL_RECORDS if resume else TAIL_RECORDS
        return Connection(Outbox(settings.kafka, settings.capture, waits), settings.kafka, depth, created, None)
    max_bytes = round(settings.capture.spool_max_gb * BYTES_PER_GB)
    folder = SpoolFolder(Path(settings.capture.spool_dir), max_bytes)
    try:
        return _connect_by_spool(settings, folder, session_id, resume, waits)
    except BaseException:
        folder.close()
        raise


def _connect_by_spool(
    settings: Settings, folder: SpoolFolder, session_id: str, resume: bool, waits: Waits
) -> Connection:
    kafka = settings.kafka
    created: frozenset[str] = frozenset()
    try:
        _wait(kafka, min(SPOOL_CONNECT_S, settings.capture.connect_s), waits)
        created = frozenset(Admin(kafka).ensure_topics(AUDIO))
        if send_leftovers(kafka, folder):
            created = frozenset()  # there is something in them now
        depth = RESUME_TAIL_RECORDS if resume else TAIL_RECORDS
    except Unavailable:
        _check_fresh(folder, session_id, resume)
        log.warning("the broker at %s is away: recording to the spool %s", kafka.bootstrap, folder.folder)
        depth = 0
    outbox = SpooledOutbox(kafka, settings.capture, folder.queue(session_id), waits)
    return Connection(outbox, kafka, depth, created, folder)


def _check_fresh(folder: SpoolFolder, session_id: str, resume: bool) -> None:
    """Where the broker cannot say how far a stream got, only a new one can begin."""
    if resume:
        raise Unavailable(f"session {session_id} cannot be resumed while the broker is away: nobody knows its end")
    if session_id in folder.sessions():
        raise ConfigError(
            f"the spool {folder.folder} holds sound of session {session_id} that was not sent yet: choose another "
            "session id, or resume it once the broker is back"
        )


def _wait(kafka: KafkaSettings, timeout_s: float, waits: Waits) -> None:
    def turn() -> None:
        waits.beat()
        if waits.stop.is_set():
            raise Stopped("stopped while it waited for the broker: nothing was published")

    wait_for_broker(kafka, timeout_s, turn)
