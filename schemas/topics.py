"""The topics: their names, the event each carries, and how long Kafka keeps it."""

from dataclasses import dataclass

from schemas.events import (
    AudioFrame,
    DeadLetter,
    Event,
    GlossaryTerm,
    LostRecords,
    Segment,
    SpeechWindow,
    StreamMark,
    Transcript,
)

CHANNELS = tuple(f"C{number:02d}" for number in range(1, 17))
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
FOREVER_MS = -1


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. Retention is the default; settings may override that of the audio."""

    name: str
    event: type[Event]
    retention_ms: int
    segment_bytes: int = 64 * 1024 * 1024
    compacted: bool = False
    stamped_by_broker: bool = False
    """Whether its records bear the broker's time instead of their producer's."""

    def config(self) -> dict[str, str]:
        """Topic-level broker configuration. Uncompressed: PCM does not compress, and text is little."""
        config = {
            "compression.type": "uncompressed",
            "segment.bytes": str(self.segment_bytes),
            "cleanup.policy": "compact" if self.compacted else "delete",
            "max.message.bytes": "2000000",
        }
        if self.stamped_by_broker:
            config["message.timestamp.type"] = "LogAppendTime"
        if not self.compacted:
            config["retention.ms"] = str(self.retention_ms)
        return config


def audio_topic(channel_id: str) -> str:
    """The name of the topic that carries one channel."""
    return f"audio.pcm.{channel_id}"


AUDIO = tuple(Topic(audio_topic(channel), AudioFrame, 7 * DAY_MS) for channel in CHANNELS)
STREAMS = Topic(
    "audio.streams", StreamMark, FOREVER_MS, segment_bytes=1024 * 1024, compacted=True, stamped_by_broker=True
)
WINDOWS = Topic("speech.windows", SpeechWindow, 7 * DAY_MS)
WINDOWS_INTERIM = Topic("speech.windows.interim", SpeechWindow, 10 * MINUTE_MS, segment_bytes=16 * 1024 * 1024)
TRANSCRIPTS = Topic("transcripts.raw", Transcript, FOREVER_MS)
SEGMENTS = Topic("transcripts.segments", Segment, FOREVER_MS)
SEGMENTS_INTERIM = Topic("transcripts.interim", Segment, 10 * MINUTE_MS, segment_bytes=16 * 1024 * 1024)
TRANSCRIPTS_INTERIM = Topic("transcripts.raw.interim", Transcript, 10 * MINUTE_MS, segment_bytes=16 * 1024 * 1024)
GLOSSARY = Topic("glossary.terms", GlossaryTerm, FOREVER_MS, segment_bytes=4 * 1024 * 1024, compacted=True)
DEAD_LETTERS = Topic("pipeline.deadletters", DeadLetter, 30 * DAY_MS)
LOSSES = Topic("pipeline.losses", LostRecords, FOREVER_MS, segment_bytes=4 * 1024 * 1024, compacted=True)

PASSING = frozenset(topic.name for topic in (WINDOWS_INTERIM, TRANSCRIPTS_INTERIM, SEGMENTS_INTERIM))
"""Topics of which nobody misses what has expired."""

CAPTURED = (*AUDIO, STREAMS)
"""What captures write."""

SINGLE = (
    STREAMS,
    WINDOWS,
    WINDOWS_INTERIM,
    TRANSCRIPTS,
    TRANSCRIPTS_INTERIM,
    SEGMENTS,
    SEGMENTS_INTERIM,
    GLOSSARY,
    DEAD_LETTERS,
    LOSSES,
)
ALL = (*AUDIO, *SINGLE)


def stream_key(session_id: str, channel_id: str) -> bytes:
    """The record key of every topic after the audio: one stream keeps its order."""
    return f"{session_id}/{channel_id}".encode()
