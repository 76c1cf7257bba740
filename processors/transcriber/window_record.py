"""A Kafka record → a window that is fit for the model."""

from runtime.kafka import Record
from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.codec import decode, encode
from schemas.errors import BadRecord
from schemas.events import DeadLetter, SpeechWindow

STAGE = "transcriber"
LONGEST_SAMPLES = 30 * SAMPLE_RATE_HZ  # what Whisper takes


def read_window(value: bytes | None) -> SpeechWindow:
    """The window in `value`. Raises BadRecord for bytes that are none, or one whose spans do not fit its sound."""
    window = decode(SpeechWindow, value)
    fault = _fault_of(window)
    if fault:
        raise BadRecord(f"window {window.window_id}: {fault}")
    return window


def dead_letter(record: Record, error: str) -> bytes:
    """The dead letter of a record that cannot be worked on."""
    return encode(
        DeadLetter(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key or b"",
            value=record.value or b"",
            stage=STAGE,
            error=error,
        )
    )


def _fault_of(window: SpeechWindow) -> str:
    samples, odd = divmod(len(window.pcm), SAMPLE_BYTES)
    until = window.first_sample + samples
    if window.sample_rate != SAMPLE_RATE_HZ:
        return f"sample rate {window.sample_rate}, not {SAMPLE_RATE_HZ}"
    if odd or not samples:
        return f"{len(window.pcm)} bytes of PCM are no whole samples"
    if samples > LONGEST_SAMPLES:
        return f"{samples} samples are more than Whisper's {LONGEST_SAMPLES}"
    if not window.first_sample <= window.own_from < window.own_to <= until:
        return (
            f"owns samples {window.own_from}–{window.own_to}, but its {samples} samples of PCM "
            f"are {window.first_sample}–{until}"
        )
    return ""
