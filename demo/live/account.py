"""Whether everything that was published came out at the end: each stage's output counted against its input."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import Admin
from runtime.kafka.connection import TopicPartition
from runtime.settings import KafkaSettings
from schemas.codec import decode
from schemas.events import Segment, SpeechWindow, Transcript
from schemas.topics import AUDIO, DEAD_LETTERS, SEGMENTS, TRANSCRIPTS, WINDOWS

READ_TIMEOUT_S = 0.2
READ_RECORDS = 500
AUDIO_NAMES = tuple(topic.name for topic in AUDIO)
TEXT_NAMES = (WINDOWS.name, TRANSCRIPTS.name, SEGMENTS.name, DEAD_LETTERS.name)


@dataclass(frozen=True, slots=True)
class Account:
    """Counts of one session, stage by stage."""

    frames_published: int
    frames_in_kafka: int
    frames_pending: int
    """Frames that the segmenter has not committed."""
    windows: frozenset[str]
    transcripts: frozenset[str]
    segments: frozenset[str]
    segment_copies: int
    """Records on the segments topic; over `segments` where a restart re-emitted some."""
    rows: frozenset[str]
    dead_letters: int

    def faults(self) -> list[str]:
        """A line for each thing that does not add up; none when all is accounted for."""
        checks = (
            (self.frames_published - self.frames_in_kafka, "frames were published and are not in Kafka"),
            (self.frames_pending, "frames were not taken up by the segmenter"),
            (len(self.windows - self.transcripts), "windows have no transcript"),
            (len(self.transcripts - self.windows), "transcripts belong to no window"),
            (len(self.segments - self.rows), "segments are not in ClickHouse"),
            (len(self.rows - self.segments), "rows belong to no segment"),
            (self.dead_letters, "records could not be read (topic pipeline.deadletters)"),
        )
        return [f"{count} {text}" for count, text in checks if count]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where every topic ended before the session began."""

    audio: Mapping[TopicPartition, int]
    text: Mapping[TopicPartition, int]


def mark(kafka: KafkaSettings) -> Mark:
    """Remembers the end of every topic."""
    admin = Admin(kafka)
    return Mark(
        {partition: high for partition, (_, high) in admin.watermarks(AUDIO_NAMES).items()},
        {partition: high for partition, (_, high) in admin.watermarks(TEXT_NAMES).items()},
    )


def pending_frames(kafka: KafkaSettings, since: Mark) -> int:
    """Audio records after the mark that the segmenter has not committed."""
    admin = Admin(kafka)
    committed = admin.committed(f"{kafka.group_prefix}.segmenter")
    return sum(
        max(0, high - max(committed.get(partition, 0), since.audio[partition]))
        for partition, (_, high) in admin.watermarks(AUDIO_NAMES).items()
    )


def take_account(kafka: KafkaSettings, since: Mark, published: int, rows: Iterable[str], session_id: str) -> Account:
    """Counts what the topics hold of the session since the mark."""
    high = {partition: end for partition, (_, end) in Admin(kafka).watermarks(AUDIO_NAMES).items()}
    records = {name: _records_since(kafka, name, since.text, session_id) for name in TEXT_NAMES}
    segments = [decode(Segment, record.value) for record in records[SEGMENTS.name]]
    return Account(
        frames_published=published,
        frames_in_kafka=sum(end - since.audio[partition] for partition, end in high.items()),
        frames_pending=pending_frames(kafka, since),
        windows=frozenset(decode(SpeechWindow, record.value).window_id for record in records[WINDOWS.name]),
        transcripts=frozenset(decode(Transcript, record.value).window_id for record in records[TRANSCRIPTS.name]),
        segments=frozenset(segment.segment_id for segment in segments),
        segment_copies=len(segments),
        rows=frozenset(rows),
        dead_letters=len(records[DEAD_LETTERS.name]),
    )


def _records_since(
    kafka: KafkaSettings, topic: str, since: Mapping[TopicPartition, int], session_id: str
) -> list[Record]:
    """The session's records of `topic` after the mark, up to its end as of now."""
    ends = {partition: high for partition, (_, high) in Admin(kafka).watermarks([topic]).items()}
    left = {partition for partition, end in ends.items() if end > since[partition]}
    records: list[Record] = []
    with Reader(kafka, ReaderOptions(topics=(topic,), offsets=since)) as reader:
        while left:
            records += reader.read(READ_RECORDS, READ_TIMEOUT_S)
            left -= {partition for partition in left if reader.position(partition) >= ends[partition]}
    return [record for record in records if _session_of(record) == session_id]


def _session_of(record: Record) -> str:
    return (record.key or b"").decode(errors="replace").split("/")[0]
