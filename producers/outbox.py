"""Frames on their way to the broker: a bounded buffer that waits while it is away, and says so."""

import threading
import time

from prometheus_client import Counter, Gauge

from producers.beginnings import Beginnings
from producers.broker_watch import BrokerWatch, Waits
from producers.clock import OWN_CLOCK, Clock
from producers.marks import MarkKeeper
from runtime.errors import EarshotError, Unavailable
from runtime.kafka import Writer, WriterOptions
from runtime.record import Headers
from runtime.settings import CaptureSettings, KafkaSettings
from schemas.audio import FRAME_BYTES, FRAME_SAMPLES, SAMPLE_RATE_HZ
from schemas.codec import encode
from schemas.events import AudioFrame
from schemas.topics import CHANNELS, audio_topic

FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
OVERHEAD_BYTES = 512  # of one record, in librdkafka's accounting
CHECK_S = 0.1
STOP_FLUSH_S = 8.0  # once told to stop: inside the ten seconds that a supervisor waits

FRAMES = Counter("earshot_capture_frames_total", "Frames taken in", ["channel"])
PCM_BYTES = Counter("earshot_capture_bytes_total", "Bytes of PCM taken in", ["channel"])
BUFFERED = Gauge("earshot_capture_buffered_seconds", "Sound that the broker has not acknowledged yet, all channels")
FAILURES = Counter("earshot_capture_delivery_failures_total", "Runs that ended because the broker refused a frame")


class Outbox:
    """Sends frames in order, once each (idempotent, acks=all), and holds what the broker cannot take yet."""

    def __init__(self, kafka: KafkaSettings, capture: CaptureSettings, waits: Waits, clock: Clock = OWN_CLOCK) -> None:
        """Once told to stop, `send` refuses instead of waiting, and `close` waits no longer than 8 s."""
        self._bootstrap = kafka.bootstrap
        self._room_frames = max(1, round(capture.buffer_s / FRAME_S))
        self._waits = waits
        self._streams = 0
        self._watch = BrokerWatch(kafka.bootstrap, self._state)
        self._writer = Writer(
            kafka,
            WriterOptions(
                name="capture",
                linger_ms=capture.linger_ms,
                buffer_bytes=len(CHANNELS) * (self._room_frames + 1) * (FRAME_BYTES + OVERHEAD_BYTES),
                delivery_timeout_ms=0,
                is_watched=True,
            ),
        )
        self._writer.clock_ahead_us = clock.ahead_us
        self._marks = MarkKeeper(kafka, self._writer.newest_offset)
        self._beginnings = Beginnings()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="outbox", daemon=True)
        self._thread.start()

    @property
    def delivered(self) -> int:
        """Frames that the broker has acknowledged."""
        return self._writer.delivered

    @property
    def buffered_s(self) -> float:
        """Seconds of sound, over all channels, that the broker has not acknowledged."""
        return len(self._writer) * FRAME_S

    @property
    def room_s(self) -> float:
        """Seconds of sound, over all channels, that fit."""
        return self._room_frames * max(1, self._streams) * FRAME_S

    def add_stream(self) -> None:
        """Makes room for one more channel."""
        self._streams += 1

    def send(self, frame: AudioFrame) -> None:
        """Queues a frame; waits while there is no room. Raises Unavailable when told to stop meanwhile."""
        value, headers = encode(frame), self._beginnings.headers(frame)
        while self.buffered_s >= self.room_s or not self._try_send(frame, value, headers):
            if self._waits.stop.is_set():
                raise Unavailable(
                    f"stopped with the broker at {self._bootstrap} away: {frame.channel_id} from sample "
                    f"{frame.first_sample} on was not taken"
                )
            self._poll(CHECK_S)
        self._marks.note(frame)
        count_frame(frame)

    def close(self) -> None:
        """Returns when every frame is acknowledged. Raises Unavailable if told to stop before the broker took all."""
        deadline = float("inf")
        try:
            while len(self._writer):
                if self._waits.stop.is_set():
                    deadline = min(deadline, time.monotonic() + STOP_FLUSH_S)
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"the broker at {self._bootstrap} is away: the last {self.buffered_s:.1f} s of sound (all "
                        "channels together) were not sent; with a spool (--spool, EARSHOT_CAPTURE__SPOOL_DIR) they "
                        "would have been kept"
                    )
                self._poll(CHECK_S)
        finally:
            self._closing.set()
            self._thread.join()
            self._marks.close()
            self._watch.look()

    def _try_send(self, frame: AudioFrame, value: bytes, headers: Headers) -> bool:
        try:
            return self._writer.try_send(audio_topic(frame.channel_id), frame.session_id.encode(), value, headers)
        except EarshotError:
            FAILURES.inc()
            raise

    def _poll(self, timeout_s: float) -> None:
        self._waits.beat()
        try:
            self._writer.poll(timeout_s)
        except EarshotError:
            FAILURES.inc()
            raise

    def _serve(self) -> None:
        """Serves delivery reports and watches the broker also while nobody writes."""
        while not self._closing.wait(CHECK_S):
            try:
                self._writer.poll(0)
            except EarshotError:
                return  # the next `send` or `close` raises it to the caller
            BUFFERED.set(self.buffered_s)
            self._watch.look()

    def _state(self) -> tuple[int, float, float]:
        return self._writer.delivered, self.buffered_s, self.room_s


def count_frame(frame: AudioFrame) -> None:
    """Counts a frame that was taken in."""
    FRAMES.labels(frame.channel_id).inc()
    PCM_BYTES.labels(frame.channel_id).inc(len(frame.pcm))
