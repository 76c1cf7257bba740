"""The public Python API of capture: samples in, frames in Kafka. `from earshot import Publisher`."""

import logging
import socket
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from producers.broker_watch import Waits
from producers.clock import time_fault
from producers.connecting import Connection, connect
from producers.framing import Framer
from producers.sessions import check_channel_id, check_session_id, new_session_id
from producers.stop_signals import StopSignals
from producers.stream import ChannelStatus, Sound, Stream
from producers.tails import StreamEnd
from runtime.errors import AudioError, EarshotError, Stopped, Unavailable
from runtime.settings import Settings, load_settings
from schemas.audio import MICROSECONDS, SAMPLE_RATE_HZ
from schemas.events import AudioFrame

log = logging.getLogger(__name__)


class Publisher:
    """Publishes the channels of one session. A context manager; safe to call from several threads.

        with Publisher(session="meeting-7", bootstrap="kafka:9092") as publisher:
            publisher.write("C01", pcm)

    Frames are sent in order and once each. While the broker is away they are held (EARSHOT_CAPTURE__BUFFER_S seconds a
    channel), then `write` waits. Leaving the block ends every stream and returns when all is acknowledged. In a plain
    script Ctrl-C and SIGTERM leave the block too, and end the script: with status 0 if all is acknowledged.
    """

    def __init__(
        self,
        session: str | None = None,
        bootstrap: str | None = None,
        *,
        settings: Settings | None = None,
        resume: bool = False,
        waits: Waits | None = None,
    ) -> None:
        """Connects, and creates the audio topics where they are missing.

        `session`: 1–64 of A–Z a–z 0–9 . _ - ; by default time and site. `bootstrap`: brokers, by default from the
        settings, which by default come from the environment. `resume` goes on with streams of this session that exist
        already. `waits` says how to wait for a broker that is away. Raises ConfigError for a bad session id or
        settings, Unavailable if no broker answers in EARSHOT_CAPTURE__CONNECT_S.
        """
        settings = settings or load_settings()
        kafka = settings.kafka.model_copy(update={"bootstrap": bootstrap} if bootstrap else {})
        site = settings.capture.site or socket.gethostname()
        self.session = check_session_id(new_session_id(datetime.now(UTC), site) if session is None else session)
        self._resume = resume
        self._waits = waits or Waits()
        self._signals = StopSignals(self._waits.stop)
        self._lock = threading.RLock()
        self._ends: dict[str, StreamEnd | None] = {}
        self._streams: dict[str, Stream] = {}
        self._connection = self._connect(settings.model_copy(update={"kafka": kafka}))
        self._outbox = self._connection.outbox

    @property
    def buffered_s(self) -> float:
        """Seconds of sound, all channels together, that the broker has not acknowledged yet."""
        return self._outbox.buffered_s

    @property
    def delivered_frames(self) -> int:
        """Frames that the broker has acknowledged."""
        return self._outbox.delivered

    def open(self, channels: Iterable[str]) -> dict[str, int]:
        """Takes these channels for this publisher; the sample at which each stream will go on (0 if new).

        `write` does so by itself; for many channels one call is quicker. Of several captures that ask at once, one gets
        a channel. Raises ConfigError for a channel that does not exist, one that another capture has, and for a stream
        that exists unless the publisher was told to resume.
        """
        with self._signals.held_back(), self._lock:
            unknown = [channel for channel in map(check_channel_id, channels) if channel not in self._ends]
            if unknown:
                ends = self._connection.take(unknown)
                self._ends.update({channel: ends.get(channel) for channel in unknown})
            return {channel: end.next_sample if (end := self._ends[channel]) else 0 for channel in channels}

    def write(
        self, channel: str, sound: Sound, *, rate_hz: int = SAMPLE_RATE_HZ, captured_at: int | None = None
    ) -> None:
        """Publishes samples of one channel; waits while the broker is away and the buffer is full.

        `sound`: bytes of s16le mono, or a flat numpy array (integers mean their full range, floats ±1). `rate_hz`:
        their rate, the same for the whole stream; anything but 16,000 is resampled. `captured_at`: UTC µs at which the
        first sample of the stream was captured, by default now; later samples are counted from it. Raises ConfigError
        for an unknown channel, AudioError for samples that cannot be used and for a time that cannot be true,
        Unavailable if told to stop while waiting.
        """
        with self._signals.held_back():
            stream = self._stream(channel, rate_hz, captured_at)
            with stream.lock:
                _check_open(stream)
                if stream.rate_hz != rate_hz:
                    raise AudioError(
                        f"{channel}: {rate_hz} Hz in a stream that began with {stream.rate_hz} Hz; resample it, "
                        "or go on in another session"
                    )
                self._send(stream, stream.push(sound))

    def gap(self, channel: str, seconds: float, *, captured_at: int | None = None) -> None:
        """Marks that `seconds` of a channel are missing: later samples keep their true time.

        `captured_at` is the UTC µs of the first sample after the gap, where the caller knows better than counting.
        Raises AudioError for a negative gap, a time that cannot be true, or a channel that nothing was written to.
        """
        with self._signals.held_back():
            stream = self._existing(channel)
            with stream.lock:
                _check_open(stream)
                after_us = None if captured_at is None else self._connection.clock.true_us(captured_at)
                if after_us is not None:
                    self._check_time(channel, after_us)
                self._send(stream, stream.skip(seconds, after_us))

    def end(self, channel: str, *, is_cut: bool = False) -> None:
        """Ends the stream of one channel; nothing more can be written to it in this session.

        `is_cut` says that the same sound may come again (`replay`): the milliseconds inside the resampler are then left
        to that, because the end of a signal would bend them.
        """
        with self._signals.held_back():
            stream = self._existing(channel)
            with stream.lock:
                _check_open(stream)
                self._send(stream, stream.end(is_cut))

    def replay(self, channel: str, rate_hz: int, captured_at: int) -> None:
        """Begins a stream whose sound the caller gives from its very start, also if the stream is resumed.

        What is in the log already is then left out to the sample, and no gap is marked. `captured_at` is the UTC µs of
        the first sample that is not in the log.
        """
        with self._signals.held_back():
            self._stream(channel, rate_hz, captured_at, is_replay=True)

    def status(self) -> list[ChannelStatus]:
        """Every channel written to so far, in order of its name."""
        streams = list(self._streams.values())  # without the lock: a channel that is being opened may wait long
        return [stream.status() for stream in sorted(streams, key=lambda stream: stream.channel_id)]

    def close(self) -> None:
        """Ends every stream and returns when all is acknowledged.

        Waits for a broker that is away; once told to stop, for at most 8 s, and then raises Unavailable.
        """
        failures = []
        try:
            for channel, stream in list(self._streams.items()):
                try:
                    if not stream.has_ended:
                        self.end(channel)
                except Unavailable as error:
                    failures.append(error)
        finally:
            self._connection.close(set(self._ends) - set(self._streams))
        if failures:
            raise failures[0]

    def __enter__(self) -> Self:
        self._signals.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._waits.stop.set()  # an error is on its way out: no endless wait for a broker that is away
        failures = [error] if isinstance(error, EarshotError) else []
        try:
            self._signals.hold()
            self.close()
        except EarshotError as late:
            if not failures and not self._signals.was_told:
                raise
            failures.append(late)
        finally:
            self._signals.give_back()
        self._tell(failures)

    def _tell(self, failures: list[EarshotError]) -> None:
        """Says what does not show by itself: the first failure does, as an exception, unless a signal ends it all."""
        said = set() if self._signals.was_told else {str(failure) for failure in failures[:1]}
        for line in dict.fromkeys(map(str, failures)):
            if line not in said:
                log.error("%s", line)
        if self._signals.was_told:
            raise SystemExit(failures[0].exit_code if failures else 0) from None

    def _connect(self, settings: Settings) -> Connection:
        self._signals.take()
        try:
            with self._signals.held_back():
                return connect(settings, self.session, self._resume, self._waits)
        except Stopped as stopped:
            if not self._signals.was_told:
                raise
            raise SystemExit(stopped.exit_code) from None
        finally:
            self._signals.give_back()

    def _stream(self, channel: str, rate_hz: int, captured_at: int | None, is_replay: bool = False) -> Stream:
        if (known := self._streams.get(channel)) is not None:
            return known  # without the lock: another channel's may wait for the broker
        with self._lock:
            stream = self._streams.get(channel)
            if stream is None:
                self.open([channel])
                clock = self._connection.clock
                begins_us = clock.now_us() if captured_at is None else clock.true_us(captured_at)
                self._check_time(channel, begins_us)
                stream = self._begin(channel, rate_hz, begins_us, is_replay)
                self._streams[channel] = stream
                self._outbox.add_stream()
            return stream

    def _begin(self, channel: str, rate_hz: int, captured_at: int, is_replay: bool) -> Stream:
        end = self._ends[channel]
        if end is None or not end.next_sample:
            return Stream(channel, rate_hz, Framer(self.session, channel, captured_at))
        missing = 0 if is_replay else max(1, (captured_at - end.captured_at_us) * SAMPLE_RATE_HZ // MICROSECONDS)
        stream = Stream(channel, rate_hz, Framer(self.session, channel, captured_at, end.next_sample + missing))
        stream.known_samples = end.next_sample if is_replay else 0
        stream.count_gap(missing)
        return stream

    def _check_time(self, channel: str, captured_at: int) -> None:
        if fault := time_fault(captured_at, self._connection.clock.now_us()):
            raise AudioError(f"{channel}: {fault}")

    def _existing(self, channel: str) -> Stream:
        stream = self._streams.get(check_channel_id(channel))
        if stream is None:
            raise AudioError(f"{channel}: nothing was written to it yet")
        return stream

    def _send(self, stream: Stream, frames: list[AudioFrame]) -> None:
        try:
            for frame in frames:
                self._outbox.send(frame)
        except BaseException:
            stream.has_ended = True  # what came after a frame that was not taken would hide it from who resumes
            raise


def _check_open(stream: Stream) -> None:
    if stream.has_ended:
        raise AudioError(f"{stream.channel_id}: its stream has ended; go on in another session")
