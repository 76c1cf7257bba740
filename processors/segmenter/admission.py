"""Which frames are let in: one that could not have come from a sound producer goes to the dead letters."""

from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.errors import BadRecord
from schemas.events import AudioFrame
from schemas.topics import CHANNELS, audio_topic

MAX_FRAME_S = 10
MAX_FRAME_BYTES = MAX_FRAME_S * SAMPLE_RATE_HZ * SAMPLE_BYTES
MAX_SAMPLE = 2**50
MAX_SESSION_CHARACTERS = 200
EARLIEST_US = 946_684_800_000_000  # 2000-01-01
LATEST_US = 4_102_444_800_000_000  # 2100-01-01


def check_frame(frame: AudioFrame, topic: str) -> None:
    """Raises BadRecord, naming the first fault, for a frame that must not reach its stream."""
    for fault in _faults(frame, topic):
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
    if not frame.session_id or len(frame.session_id) > MAX_SESSION_CHARACTERS or "/" in frame.session_id:
        return f"session_id {frame.session_id[:MAX_SESSION_CHARACTERS]!r} is empty, too long or holds a slash"
    if frame.channel_id not in CHANNELS:
        return f"channel_id {frame.channel_id[:MAX_SESSION_CHARACTERS]!r} is none of {CHANNELS[0]} to {CHANNELS[-1]}"
    if audio_topic(frame.channel_id) != topic:
        return f"a frame of {frame.channel_id} does not belong on {topic}"
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
