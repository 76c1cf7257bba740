"""Whether everything that was published came out at the end: each stage's output counted against its input."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from runtime.kafka import Record
from schemas.codec import decode
from schemas.events import Segment, SpeechWindow, Transcript
from schemas.topics import DEAD_LETTERS, SEGMENTS, TRANSCRIPTS, WINDOWS

COUNTED = (WINDOWS.name, TRANSCRIPTS.name, SEGMENTS.name, DEAD_LETTERS.name)


@dataclass(frozen=True, slots=True)
class Account:
    """Counts of one session, stage by stage."""

    frames_published: int
    frames_in_kafka: int
    frames_pending: int
    """Frames that the segmenter has not committed."""
    windows: int
    transcripts: int
    segments: int
    rows: int
    faults: tuple[str, ...]
    """A line for each thing that does not add up; none when all is accounted for."""


@dataclass(slots=True)
class Ledger:
    """What the topics have carried of one session so far."""

    session_id: str
    windows: set[str] = field(default_factory=set)
    transcripts: set[str] = field(default_factory=set)
    segments: dict[str, Segment] = field(default_factory=dict)
    dead_letters: int = 0
    transcripts_to: dict[tuple[str, int], int] = field(default_factory=dict)
    """Offset of the last transcript of each partition."""
    copies: int = 0
    """Segments that came more than once, as they may after a crash."""

    def take(self, record: Record) -> Segment | None:
        """Enters one record of a counted topic; gives back the segment, if it is a new one of this session."""
        if record.topic == DEAD_LETTERS.name:
            self.dead_letters += 1
        elif session_of(record) != self.session_id:
            return None
        elif record.topic == WINDOWS.name:
            self.windows.add(decode(SpeechWindow, record.value).window_id)
        elif record.topic == TRANSCRIPTS.name:
            self.transcripts.add(decode(Transcript, record.value).window_id)
            self.transcripts_to[(record.topic, record.partition)] = record.offset
        elif record.topic == SEGMENTS.name:
            return self._enter(decode(Segment, record.value))
        return None

    def close(self, frames: tuple[int, int, int], rows: Iterable[str]) -> Account:
        """The account, given (published, in Kafka, pending) frames and the segment ids of the rows."""
        published, in_kafka, pending = frames
        stored, sent = set(rows), set(self.segments)
        checks = (
            (published - in_kafka, "frames were published and are not in Kafka"),
            (pending, "frames were not taken up by the segmenter"),
            (len(self.windows - self.transcripts), "windows have no transcript"),
            (len(self.transcripts - self.windows), "transcripts belong to no window"),
            (len(sent - stored), "segments are not in ClickHouse"),
            (len(stored - sent), "rows belong to no segment"),
            (self.dead_letters, "records could not be read: see the topic pipeline.deadletters"),
        )
        return Account(
            published,
            in_kafka,
            pending,
            len(self.windows),
            len(self.transcripts),
            len(sent),
            len(stored),
            tuple(f"{count} {text}" for count, text in checks if count),
        )

    def _enter(self, segment: Segment) -> Segment | None:
        if not segment.text_raw:  # a mark of speech without words, and no row of the view
            return segment
        if segment.segment_id in self.segments:
            self.copies += 1
            return None
        self.segments[segment.segment_id] = segment
        return segment


def session_of(record: Record) -> str:
    """The session in a record's key, `session/channel`."""
    return (record.key or b"").decode(errors="replace").split("/")[0]
