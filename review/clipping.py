"""The sound of a segment, fetched from the log by the coordinates in its row."""

from collections.abc import Sequence
from dataclasses import dataclass

from review.logged_stream import Edge, LoggedStream, Stretch, frames_in
from review.recording import end_of
from review.rows import Row
from review.spans import Span, read_spans, whole
from runtime.errors import ConfigError
from runtime.settings import KafkaSettings
from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ, samples_of_ms
from schemas.events import AudioFrame

MARGIN_MS = 150


@dataclass(frozen=True, slots=True)
class Clip:
    """Sound around a segment."""

    pcm: bytes
    """s16le mono 16 kHz; a gap is silence."""
    shortfalls: tuple[str, ...] = ()
    """What of the sound that was asked for is not in it, and why; a line each."""


def sound_of(kafka: KafkaSettings, row: Row, margin_ms: float = MARGIN_MS) -> Clip:
    """The segment and so much around it, as far as its stream goes and the log still holds it.

    Raises ConfigError where the log never held the segment, or no longer does; Unavailable without a broker.
    """
    if row.audio is None:
        raise ConfigError(f"segment {row.segment_id}: its sound came out of a file and is in no log")
    margin = samples_of_ms(margin_ms)
    first, end = row.start_sample - margin, row.end_sample + margin
    stream, stretch = _window_of(kafka, row, row.audio)
    before, start_edge = stream.before(stretch, first)
    after, end_edge = stream.after(stretch, end)
    pcm, at = cut([*stretch.frames, *before, *after], first, end)
    missing = (at - first, "start", start_edge), (end - at - len(pcm) // SAMPLE_BYTES, "end", end_edge)
    return Clip(pcm, tuple(_shortfall(*side) for side in missing if side[0] > 0))


def _window_of(kafka: KafkaSettings, row: Row, audio: Span) -> tuple[LoggedStream, Stretch]:
    """The frames of the segment's window, as far as the log still holds them.

    The stream's key is that of the last record: a window's last offset is a frame of its own stream, which, of a
    replay with settings of its own, is that of the session that it was made from.
    """
    held = next((span for span in whole(kafka, [audio.topic]) if span.place == audio.place), Span(*audio.place, 0, 0))
    first, end = max(audio.first_offset, held.first_offset), min(audio.end_offset, held.end_offset)
    span = Span(*audio.place, first, end)
    records = list(read_spans(kafka, [span]))
    is_whole = bool(records) and records[-1].offset == audio.end_offset - 1
    stream = LoggedStream(kafka, records[-1].key if is_whole else None, held)
    frames = frames_in(((record.key, record.value) for record in records if is_whole), stream.key)
    if not any(frame.first_sample < row.end_sample and end_of(frame) > row.start_sample for frame in frames):
        raise ConfigError(
            f"segment {row.segment_id}: {audio.topic}[{audio.partition}]@{audio.first_offset} is not in "
            f"the log at {kafka.bootstrap} any more (EARSHOT_KAFKA__AUDIO_RETENTION_H says how long sound is kept)"
        )
    return stream, Stretch(span, tuple(frames))


def _shortfall(samples: int, side: str, edge: Edge) -> str:
    return f"{side}: {samples / SAMPLE_RATE_HZ:.2f} s of what was asked for are missing: {edge.value}"


def cut(frames: Sequence[AudioFrame], first_sample: int, end_sample: int) -> tuple[bytes, int]:
    """The samples [first_sample, end_sample) of these frames, as far as they reach, and the position of the first.

    Gaps become silence. Of samples that come twice those of the earlier frame in the list count, as in windowing.
    """
    first = max(first_sample, min(frame.first_sample for frame in frames))
    end = min(end_sample, max(end_of(frame) for frame in frames))
    sound = bytearray(max(0, end - first) * SAMPLE_BYTES)
    for frame in reversed(frames):
        start, stop = max(first, frame.first_sample), min(end, end_of(frame))
        if start < stop:
            source = slice((start - frame.first_sample) * SAMPLE_BYTES, (stop - frame.first_sample) * SAMPLE_BYTES)
            sound[(start - first) * SAMPLE_BYTES : (stop - first) * SAMPLE_BYTES] = frame.pcm[source]
    return bytes(sound), first
