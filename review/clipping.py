"""The sound of a segment, fetched from the log by the coordinates in its row."""

from review.recording import frame_in
from review.rows import Row
from review.spans import read_spans
from runtime.errors import ConfigError
from runtime.settings import KafkaSettings
from schemas.audio import SAMPLE_BYTES, samples_of_ms
from schemas.events import AudioFrame

MARGIN_MS = 150


def sound_of(kafka: KafkaSettings, row: Row, margin_ms: float = MARGIN_MS) -> bytes:
    """s16le mono 16 kHz: the segment and a little around it, as far as its window heard; a gap is silence.

    Raises ConfigError where the log never held it, or no longer does; Unavailable without a broker.
    """
    if row.audio is None:
        raise ConfigError(f"segment {row.segment_id}: its sound came out of a file and is in no log")
    margin = samples_of_ms(margin_ms)
    return cut(frames_of(kafka, row), row.start_sample - margin, row.end_sample + margin)


def frames_of(kafka: KafkaSettings, row: Row) -> list[AudioFrame]:
    """The frames of the segment's window, in the order of the log."""
    assert row.audio is not None  # noqa: S101 - sound_of has looked
    frames: list[AudioFrame] = []
    key: bytes | None = None
    for record in read_spans(kafka, [row.audio]):
        if not frames and record.offset != row.audio.first_offset:
            break
        key = record.key if key is None else key  # of a replay, the session that it was made from
        frame = frame_in(record.value) if record.key == key else None
        if frame is not None:
            frames.append(frame)
    if not frames:
        raise ConfigError(
            f"segment {row.segment_id}: {row.audio.topic}[{row.audio.partition}]@{row.audio.first_offset} is not in "
            f"the log at {kafka.bootstrap} any more (EARSHOT_KAFKA__AUDIO_RETENTION_H says how long sound is kept)"
        )
    return frames


def cut(frames: list[AudioFrame], first_sample: int, end_sample: int) -> bytes:
    """The samples [first_sample, end_sample) of these frames, as far as they reach; gaps become silence."""
    first = max(first_sample, min(frame.first_sample for frame in frames))
    end = min(end_sample, max(frame.first_sample + len(frame.pcm) // SAMPLE_BYTES for frame in frames))
    sound = bytearray(max(0, end - first) * SAMPLE_BYTES)
    for frame in reversed(frames):  # where samples came twice the first of them counts, as in windowing
        start = max(first, frame.first_sample)
        stop = min(end, frame.first_sample + len(frame.pcm) // SAMPLE_BYTES)
        if start < stop:
            source = slice((start - frame.first_sample) * SAMPLE_BYTES, (stop - frame.first_sample) * SAMPLE_BYTES)
            sound[(start - first) * SAMPLE_BYTES : (stop - first) * SAMPLE_BYTES] = frame.pcm[source]
    return bytes(sound)
