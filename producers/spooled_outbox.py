"""Frames on their way to the broker by way of the disk: neither an hour without it nor a kill loses any."""

import logging
import threading
import time
from dataclasses import replace

from prometheus_client import Gauge

from producers.beginnings import Beginnings
from producers.broker_watch import BrokerWatch, Waits
from producers.claiming import Claims, Taken
from producers.clock import agreed_clock
from producers.marks import MarkKeeper
from producers.outbox import CHECK_S, FRAME_S, STOP_FLUSH_S, count_frame
from producers.spool import Spool
from runtime.errors import EarshotError, Stopped, Unavailable
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.settings import CaptureSettings, KafkaSettings
from schemas.codec import decode, encode
from schemas.events import AudioFrame
from schemas.topics import CAPTURED, audio_topic

log = logging.getLogger(__name__)
IN_FLIGHT = 2_000  # frames that the client may hold
SEGMENTS_IN_FLIGHT = 4
NEAR = 0.8
FAR = 0.5
TELL_EVERY_S = 60.0  # a spool that drains while it is written to is full again and again

SPOOLED = Gauge("earshot_capture_spool_bytes", "Bytes of frames on disk that the broker has not acknowledged")


class SpooledOutbox:
    """Like `Outbox`, but every frame is on disk until the broker has it; a thread of its own sends them in order."""

    def __init__(
        self, kafka: KafkaSettings, capture: CaptureSettings, spool: Spool, waits: Waits, claims: Claims
    ) -> None:
        """The broker may be away already: then the spool is unclaimed, and when it is back its time is asked for, its
        topics are looked at, and channels are taken by `claims` before anything is sent.
        """
        self._claims = claims if spool.is_unclaimed else None
        self._capture = capture
        self._unclaimed: frozenset[str] = frozenset()
        self._kafka = kafka
        self._spool = spool
        self._waits = waits
        self._is_near = False
        self._is_full = False
        self._near_at = self._full_at = float("-inf")
        self._telling = threading.Lock()
        self._closing = threading.Event()
        self._failure: EarshotError | None = None
        self._watch = BrokerWatch(kafka.bootstrap, self._state)
        options = WriterOptions(name="capture", linger_ms=capture.linger_ms, delivery_timeout_ms=0, is_watched=True)
        self._writer = Writer(kafka, options)
        self._writer.clock_ahead_us = claims.clock.ahead_us
        self._beginnings = Beginnings()
        self._marks = MarkKeeper(kafka, self._writer.newest_offset)
        self._thread = threading.Thread(target=self._feed, name="outbox", daemon=True)
        self._thread.start()

    @property
    def delivered(self) -> int:
        """Frames that the broker has acknowledged."""
        return self._writer.delivered

    @property
    def buffered_s(self) -> float:
        """Seconds of sound, over all channels, that the broker has not acknowledged."""
        return (self._spool.waiting + len(self._writer)) * FRAME_S

    @property
    def room_s(self) -> float:
        """Seconds of sound, over all channels, that fit."""
        return self.buffered_s / self._spool.share if self._spool.share else float("inf")

    def add_stream(self) -> None:
        """The bound is of the disk, however many streams there are."""

    def claims_later(self, channels: frozenset[str]) -> bool:
        """Whether it takes these channels itself before it sends on them, because nobody could be asked so far."""
        if self._claims is None:
            return False
        with self._telling:
            self._unclaimed |= channels
            self._spool.is_unclaimed = True
        return True

    def send(self, frame: AudioFrame) -> None:
        """Puts a frame on disk; waits while the spool is full. Raises Unavailable when told to stop meanwhile."""
        self._raise_failure()
        record = encode(frame)
        while not self._spool.append(record):
            self._tell_that_full()
            if self._waits.stop.is_set():
                raise Unavailable(
                    f"stopped with a full spool: {frame.channel_id} from sample {frame.first_sample} on was not taken"
                )
            self._waits.beat()
            self._raise_failure()
            time.sleep(CHECK_S)
        count_frame(frame)
        self._tell_how_full()

    def close(self) -> None:
        """Returns when every frame is acknowledged. Raises Unavailable, with all on disk, if told to stop before."""
        deadline = float("inf")
        try:
            while self._spool.bytes_held:
                self._raise_failure()
                if self._waits.stop.is_set():
                    deadline = min(deadline, time.monotonic() + STOP_FLUSH_S)
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"the broker at {self._kafka.bootstrap} is away: {self.buffered_s:.1f} s of sound (all "
                        "channels together) stay in the spool; the next capture with the same --spool sends them first"
                    )
                self._waits.beat()
                self._closing.wait(CHECK_S)
        finally:
            self._closing.set()
            self._thread.join()
            self._spool.close()
            self._marks.close()
            self._watch.look()

    def _feed(self) -> None:
        try:
            self._wait_for_topics()
            while not self._closing.is_set():
                self._feed_one()
        except EarshotError as error:
            self._failure = error
        except OSError as error:
            self._failure = Unavailable(f"spool: cannot be read back: {error}")

    def _feed_one(self) -> None:
        record = self._spool.take(CHECK_S / 2)
        if record is not None:
            frame = decode(AudioFrame, record)
            if self._claims is not None:
                frame = replace(frame, captured_at=self._claims.clock.true_us(frame.captured_at))
                record = encode(frame)
            if self._claims is not None and frame.channel_id in self._unclaimed:
                self._claim(self._claims)
            while len(self._writer) >= IN_FLIGHT and not self._closing.is_set():
                self._poll()
            headers = self._beginnings.headers(frame)
            self._writer.send(audio_topic(frame.channel_id), frame.session_id.encode(), record, headers)
            self._marks.note(frame)
        while self._spool.taken_segments() >= SEGMENTS_IN_FLIGHT and len(self._writer) and not self._closing.is_set():
            self._poll()
        if not len(self._writer):
            self._spool.delivered()
        if record is None:
            self._poll(0)

    def _claim(self, claims: Claims) -> None:
        """Takes every channel that was written to so far. Raises Taken, with the sound kept for a session of its own.

        Raises Stopped where the capture ends meanwhile.
        """
        wanted = self._unclaimed
        try:
            while not self._is_claimed(claims, wanted):
                self._closing.wait(CHECK_S)
        except Taken as taken:
            name = self._spool.set_aside(claims.capture_id)
            held_s = self.buffered_s + FRAME_S  # with the frame that waits for this
            raise Taken(
                f"{taken}. What was recorded without the broker, {held_s:.1f} s of sound (all channels together), "
                f"stays in the spool as session {name}: the next capture with the same --spool sends it"
            ) from taken
        with self._telling:
            self._unclaimed -= wanted
            self._spool.is_unclaimed = bool(self._unclaimed)

    def _is_claimed(self, claims: Claims, wanted: frozenset[str]) -> bool:
        try:
            claims.take(wanted, self._turn)
        except Unavailable:  # away again
            self._turn()
            return False
        return True

    def _turn(self) -> None:
        self._poll(0)
        if self._closing.is_set():
            raise Stopped("the capture ended before the broker said which channels are its own")

    def _poll(self, timeout_s: float = CHECK_S) -> None:
        self._writer.poll(timeout_s)
        SPOOLED.set(self._spool.bytes_held)
        self._watch.look()

    def _wait_for_topics(self) -> None:
        admin = Admin(self._kafka)
        while not self._closing.is_set() and not admin.is_up():
            self._poll(0)
            self._closing.wait(CHECK_S)
        if self._closing.is_set():
            return
        admin.ensure_topics(CAPTURED)
        if self._claims is not None:
            self._claims.clock = agreed_clock(self._kafka, self._capture)
            self._writer.clock_ahead_us = self._claims.clock.ahead_us

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
        if not self._thread.is_alive() and not self._closing.is_set():
            raise EarshotError("the thread that sends the spool has died; its last words are on standard error")

    def _tell_that_full(self) -> None:
        with self._telling:
            if self._is_full or time.monotonic() - self._full_at < TELL_EVERY_S:
                return
            self._is_full, self._full_at = True, time.monotonic()
        log.error(
            "the spool is full with %.0f s of sound (all channels together): free some of its disk, raise "
            "EARSHOT_CAPTURE__SPOOL_MAX_GB, or bring the broker back; files wait, and what live sources lose meanwhile "
            "is marked as gaps",
            self.buffered_s,
        )

    def _tell_how_full(self) -> None:
        share = self._spool.share
        with self._telling:
            has_room_again = self._is_full and share <= FAR
            is_near = share >= NEAR and not self._is_near and time.monotonic() - self._near_at > TELL_EVERY_S
            if has_room_again:
                self._is_full = False
            if is_near:
                self._near_at = time.monotonic()
            self._is_near = share >= NEAR or (self._is_near and share > FAR)
        if has_room_again:
            log.warning("the spool has room again")
        if is_near:
            log.warning("the spool is %.0f %% full: about %.0f s of sound still fit", 100 * share, self._left_s())

    def _left_s(self) -> float:
        return self.room_s - self.buffered_s

    def _state(self) -> tuple[int, float, float]:
        return self._writer.delivered, self.buffered_s, self.room_s
