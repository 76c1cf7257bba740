"""The way from a publisher to the broker, which may be away when it starts."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import Gauge

from producers.broker_watch import Waits
from producers.claiming import Claims
from producers.clock import Clock, agreed_clock
from producers.leftovers import send_leftovers
from producers.outbox import Outbox
from producers.spool import SpoolFolder
from producers.spooled_outbox import SpooledOutbox
from producers.tails import StreamEnd
from runtime.errors import ConfigError, Stopped, Unavailable
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.settings import KafkaSettings, Settings
from schemas.topics import CAPTURED

log = logging.getLogger(__name__)
SPOOL_CONNECT_S = 3.0
BYTES_PER_GB = 1_000_000_000
SPOOL_LIMIT = Gauge("earshot_capture_spool_limit_bytes", "Most that the spool may take; 0 without one")


@dataclass(frozen=True, slots=True)
class Connection:
    """An outbox, and the channels that it may send on."""

    outbox: Outbox | SpooledOutbox
    claims: Claims
    waits: Waits
    clock: Clock
    """What the times of capture are by; this machine's where the broker could not be asked yet."""
    spool: SpoolFolder | None = None

    def take(self, channels: Iterable[str]) -> dict[str, StreamEnd]:
        """Takes channels for this capture, so that no other has them; the streams that exist already and go on.

        Where the broker was away at the start that is left to the outbox, before it sends. Raises Taken, or Unavailable
        if the broker does not answer.
        """
        wanted = frozenset(channels)
        if isinstance(self.outbox, SpooledOutbox) and self.outbox.claims_later(wanted):
            return {}
        return self.claims.take(wanted, turn_of(self.waits))

    def close(self, unused: Iterable[str]) -> None:
        """Closes the outbox, and gives up channels that nothing was written to; what the outbox raises, it raises."""
        try:
            self.outbox.close()
            self.claims.release(unused)
        finally:
            if self.spool is not None:
                self.spool.close()


def connect(settings: Settings, session_id: str, resume: bool, waits: Waits) -> Connection:
    """Connects: with a spool also to a broker that is away, and what was left in the spool is sent before.

    Raises Unavailable if the broker does not answer and must, ConfigError for a spool that cannot be used.
    """
    claims = Claims(settings.kafka, session_id, resume)
    if not settings.capture.spool_dir:
        _wait(settings.kafka, settings.capture.connect_s, waits)
        Admin(settings.kafka).ensure_topics(CAPTURED)
        claims.clock = agreed_clock(settings.kafka, settings.capture)
        return Connection(Outbox(settings.kafka, settings.capture, waits, claims.clock), claims, waits, claims.clock)
    max_bytes = round(settings.capture.spool_max_gb * BYTES_PER_GB)
    SPOOL_LIMIT.set(max_bytes)
    folder = SpoolFolder(Path(settings.capture.spool_dir), max_bytes)
    try:
        return _connect_by_spool(settings, folder, claims, waits)
    except BaseException:
        folder.close()
        raise


def _connect_by_spool(settings: Settings, folder: SpoolFolder, claims: Claims, waits: Waits) -> Connection:
    kafka = settings.kafka
    is_away = False
    try:
        _wait(kafka, min(SPOOL_CONNECT_S, settings.capture.connect_s), waits)
        Admin(kafka).ensure_topics(CAPTURED)
        claims.clock = agreed_clock(kafka, settings.capture)
        send_leftovers(kafka, folder, turn_of(waits), claims.clock)
    except Unavailable:
        _check_fresh(folder, claims)
        log.warning("the broker at %s is away: recording to the spool %s", kafka.bootstrap, folder.folder)
        is_away = True
    queue = folder.queue(claims.session_id)
    queue.is_unclaimed = is_away
    outbox = SpooledOutbox(kafka, settings.capture, queue, waits, claims)
    return Connection(outbox, claims, waits, claims.clock, folder)


def _check_fresh(folder: SpoolFolder, claims: Claims) -> None:
    """Where the broker cannot say how far a stream got, only a new one can begin."""
    session_id = claims.session_id
    if claims.resume:
        raise Unavailable(f"session {session_id} cannot be resumed while the broker is away: nobody knows its end")
    if session_id in folder.sessions():
        raise ConfigError(
            f"the spool {folder.folder} holds sound of session {session_id} that was not sent yet: choose another "
            "session id, or resume it once the broker is back"
        )


def turn_of(waits: Waits) -> Callable[[], None]:
    """What a wait for the broker does over and over; it raises Stopped once the capture is told to stop."""

    def turn() -> None:
        waits.beat()
        if waits.stop.is_set():
            raise Stopped("stopped while it waited for the broker: nothing was published")

    return turn


def _wait(kafka: KafkaSettings, timeout_s: float, waits: Waits) -> None:
    wait_for_broker(kafka, timeout_s, turn_of(waits))
