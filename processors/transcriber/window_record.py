"""A Kafka record → a window that is fit for the model."""

from runtime.kafka import Record
from schemas.admission import LONGEST_SAMPLES, admit
from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.errors import BadRecord
from schemas.events import SpeechWindow

STAGE = "transcriber"


def read_window(record: Record) -> SpeechWindow:
    """The window in a record. Raises BadRecord for bytes that are none, or one whose spans do not fit its sound."""
    window = admit(SpeechWindow, record.value, record.topic)
    fault = _fault_of(window)
    if fault:
        raise BadRecord(f"window {window.window_id}: {fault}")
    return window


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
