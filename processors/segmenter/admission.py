"""Which frames are let in: one that could not have come from a sound producer goes to the dead letters."""

from schemas.admission import EARLIEST_US, LATEST_US, MAX_SAMPLE, channel_fault, name_fault
from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.errors import BadRecord
from schemas.events import AudioFrame
from schemas.topics import DAY_MS, audio_topic

MAX_FRAME_S = 10
MAX_FRAME_BYTES = MAX_FRAME_S * SAMPLE_RATE_HZ * SAMPLE_BYTES
MAX_AHEAD_US = DAY_MS * 1000


def check_frame(frame: AudioFrame, topic: str, produced_us: int = 0) -> None:
    """Raises BadRecord, naming the first fault, for a frame that must not reach its stream.

    `produced_us` is the time of its Kafka record, 0 where unknown: sound that was captured long after it was sent
    would make every true frame that follows look like an old one.
    """
    for fault in (*_faults(frame, topic), _ahead_fault(frame, produced_us)):
        if fault:
            raise BadRecord(fault)


def _faults(frame: AudioFrame, topic: str) -> tuple[str, ...]:
    return (
        _name_fault(frame, topic),
        "" if frame.sample_rate == SAMPLE_RATE_HZ else f"sample_rate is {frame.sample_rate}, not {SAMPLE_RATE_HZ}",
        _size_fault(frame),
        "" if 0 <= frame.first_sample <= MAX_SAMPLE else f"first_sample {frame.first_sample} is out of range",
        "" if EARLIEST_US <= frame.captured_at < LATEST_US else f"captured_at {frame.captured_at} is no time in µs",
    )


def _name_fault(frame: AudioFrame, topic: str) -> str:
    fault = name_fault(frame.session_id, "session_id") or channel_fault(frame.channel_id)
    if not fault and audio_topic(frame.channel_id) != topic:
        return f"a frame of {frame.channel_id} does not belong on {topic}"
    return fault


def _ahead_fault(frame: AudioFrame, produced_us: int) -> str:
    if produced_us and frame.captured_at > produced_us + MAX_AHEAD_US:
        return f"captured_at {frame.captured_at} is more than a day after the record was produced ({produced_us})"
    return ""


def _size_fault(frame: AudioFrame) -> str:
    size = len(frame.pcm)
    if size % SAMPLE_BYTES:
        return f"{size} bytes of pcm are not whole 16-bit samples"
    if size > MAX_FRAME_BYTES:
        return f"{size} bytes of pcm are more than {MAX_FRAME_S} s"
    if not size and not frame.last:
        return "a frame without pcm that does not end its stream"
    return ""
