"""Marks of streams: kept for ever, by key, so that a session is known however long ago it was recorded."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from runtime.errors import BadRecord, EarshotError
from runtime.kafka import Reader, ReaderOptions, Record, Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.kafka.partitioning import partition_of
from runtime.settings import KafkaSettings
from schemas.audio import MICROSECONDS, SAMPLE_BYTES
from schemas.codec import decode, encode
from schemas.events import AudioFrame, StreamMark
from schemas.topics import STREAMS, audio_topic, stream_key

MARK_EVERY_S = 30.0
CLOSE_WITHIN_S = 2.0


class MarkKeeper:
    """Writes the marks of streams while their frames are sent: at the first frame, now and then, and at the last.

    A mark is written beside the frames, not before or after them: whoever resumes looks for the end behind it. What
    cannot be written holds nobody up.
    """

    def __init__(self, kafka: KafkaSettings, newest_offset: Callable[[str], int]) -> None:
        """`newest_offset`: by topic, the latest record that the broker has acknowledged."""
        self._newest_offset = newest_offset
        self._due: dict[bytes, float] = {}
        self._lock = threading.Lock()
        self._writer = Writer(kafka, WriterOptions(name="marks", delivery_timeout_ms=0, is_watched=True))

    def note(self, frame: AudioFrame) -> None:
        """Takes note of a frame that was sent."""
        key = stream_key(frame.session_id, frame.channel_id)
        with self._lock:
            if not frame.last and self._due.get(key, 0.0) > time.monotonic():
                return
            self._due[key] = time.monotonic() + MARK_EVERY_S
        samples = len(frame.pcm) // SAMPLE_BYTES
        mark = StreamMark(
            session_id=frame.session_id,
            channel_id=frame.channel_id,
            next_sample=frame.first_sample + samples,
            captured_at=frame.captured_at + samples * MICROSECONDS // frame.sample_rate,
            offset=max(0, self._newest_offset(audio_topic(frame.channel_id))),
            ended=frame.last,
        )
        with contextlib.suppress(EarshotError):
            self._writer.try_send(STREAMS.name, key, encode(mark))

    def close(self) -> None:
        """Waits a little for the last marks."""
        with contextlib.suppress(EarshotError):
            self._writer.flush(CLOSE_WITHIN_S)


def send_marks(writer: Writer, marks: Mapping[bytes, StreamMark | None]) -> None:
    """Sends marks by key; None takes one back."""
    for key, mark in marks.items():
        writer.send(STREAMS.name, key, None if mark is None else encode(mark))


def read_marks(kafka: KafkaSettings, session_id: str, channels: Iterable[str]) -> dict[str, StreamMark]:
    """By channel, the marks of a session's streams.

    Reads the whole topic, which is compacted to one record for each stream and half a minute. Raises Unavailable.
    """
    wanted = {stream_key(session_id, channel): channel for channel in channels}
    Admin(kafka).ensure_topics((STREAMS,))
    partitions = {partition_of(key, kafka.partitions) for key in wanted}
    spans = Admin(kafka).watermarks([STREAMS.name])
    ends = {place: end for place, (start, end) in spans.items() if place[1] in partitions and end > start}
    starts = {place: spans[place][0] for place in ends}
    marks: dict[str, StreamMark] = {}
    options = ReaderOptions((STREAMS.name,), start="latest", offsets=starts, tells_end=True, read_committed=False)
    with contextlib.closing(Reader(kafka, options)) as reader:
        for record in reader.read_to(ends) if ends else ():
            if (channel := wanted.get(record.key or b"")) is not None:
                _take(marks, session_id, channel, record)
    return marks


def _take(marks: dict[str, StreamMark], session_id: str, channel: str, record: Record) -> None:
    marks.pop(channel, None)
    if record.value is None:
        return
    try:
        marks[channel] = decode(StreamMark, record.value)
    except BadRecord:  # its key says that there is a stream
        marks[channel] = taken_mark(session_id, channel)


def taken_mark(session_id: str, channel_id: str, offset: int = 0) -> StreamMark:
    """The mark of a channel that was taken and on which nothing was sent yet."""
    return StreamMark(session_id, channel_id, 0, 0, offset, ended=False)
