"""The sound of one channel, counted frame by frame. Pure."""

from dataclasses import dataclass

from review.recording import end_of, frame_in
from runtime.record import Record
from schemas.events import AudioFrame


@dataclass(slots=True)
class StreamTally:
    """What of a stream lay in the log."""

    frames: int = 0
    samples: int = 0
    """Each once, however often it came."""
    gap_samples: int = 0
    """Left out between frames: what a source lost, or what never came."""
    first_sample: int = 0
    """Of the first frame there."""
    is_cut: bool = False
    """Whether the log itself begins there: what was before is not in it any more."""
    end_sample: int = 0
    is_ended: bool = False
    """Whether the newest frame is the stream's last."""
    first_offset: int = 0
    end_offset: int = 0
    first_us: int = 0
    """UTC µs of the record of the first frame."""
    last_us: int = 0

    @property
    def missing_samples(self) -> int:
        """Gaps, the one before the first frame included; what the log does not hold any more is none."""
        return self.gap_samples + (0 if self.is_cut else self.first_sample)

    @property
    def expired_samples(self) -> int:
        """At the beginning, not in the log any more."""
        return self.first_sample if self.is_cut else 0

    def take_record(self, record: Record) -> None:
        """Counts a record of the stream. Bytes that are no frame, and the claims of captures, count for nothing."""
        frame = frame_in(record.value)
        if frame is not None and not frame.is_void:
            self.take(frame, record)

    def take(self, frame: AudioFrame, record: Record) -> None:
        """Counts the next frame in the order of the log. One that brings no new sample counts as a frame alone."""
        if not self.frames:
            self.first_sample = self.end_sample = frame.first_sample
            self.first_offset, self.first_us = record.offset, record.timestamp_us
        self.frames += 1
        self.gap_samples += max(0, frame.first_sample - self.end_sample)
        self.samples += max(0, end_of(frame) - max(frame.first_sample, self.end_sample))
        self.end_sample = max(self.end_sample, end_of(frame))
        self.is_ended = frame.last
        self.end_offset, self.last_us = record.offset + 1, record.timestamp_us
