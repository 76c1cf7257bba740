"""What a session has come to so far: its records, its rows, and whether anything is still on its way."""

from bench.chaos.comparison import Place, Snapshot
from bench.chaos.outcome import Outcome, Record, rows_by_segment, window_record
from demo.live.account import session_of
from runtime.kafka import Reader, ReaderOptions
from runtime.kafka import Record as LogRecord
from runtime.kafka.connection import TopicPartition
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import Settings
from schemas.codec import decode
from schemas.events import DeadLetter, Segment, SpeechWindow, Transcript
from schemas.topics import DEAD_LETTERS, SEGMENTS, TRANSCRIPTS, WINDOWS, audio_topic
from sinks.clickhouse.store import Store

READ = (WINDOWS.name, TRANSCRIPTS.name, SEGMENTS.name, DEAD_LETTERS.name)
ANSWER_TIMEOUT_S = 15.0
COLUMNS = (
    "segment_id",
    "channel_id",
    "start_s",
    "end_s",
    "language",
    "text",
    "text_raw",
    "confidence",
    "utterance_end",
    "glossary_version",
    "model",
)
ROWS = f"SELECT {', '.join(COLUMNS)} FROM transcript WHERE session_id = {{session:String}}"


class SessionReader:
    """Reads one session from the ends that the topics had when it was made.

    Every method raises an EarshotError where the broker or ClickHouse is away.
    """

    def __init__(self, settings: Settings, channels: tuple[str, ...], session_id: str) -> None:
        self._kafka = settings.kafka
        self._session_id = session_id
        self._audio = tuple(audio_topic(channel) for channel in channels)
        self._store = Store(settings.clickhouse, ANSWER_TIMEOUT_S)
        self._segmenter = GroupOffsets(settings.kafka, f"{settings.kafka.group_prefix}.segmenter")
        self._glossary = GroupOffsets(settings.kafka, f"{settings.kafka.group_prefix}.glossary")
        self._starts = self._segmenter.ends(READ)
        self._reader: Reader | None = None
        self._windows: dict[str, list[Record]] = {}
        self._transcripts: dict[str, int] = {}
        self._segments: set[str] = set()
        self._dead_letters: list[str] = []
        self._last_transcript: dict[TopicPartition, int] = {}
        self._pending = 0
        self._corrected: dict[TopicPartition, int] = {}
        self._rows: dict[str, list[Record]] = {}
        self.places: list[Place] = []
        """Where each copy of each window lies."""

    def snapshot(self, at_s: float) -> Snapshot:
        """What the segmenter has committed, and then which windows there are."""
        committed = self._segmenter.committed(self._audio)
        return Snapshot(at_s, committed, self._segmenter.ends((WINDOWS.name,)))

    def catch_up(self) -> tuple[int, ...]:
        """Reads what is new and returns how far everything is, for a look at whether it moves.

        The stages are asked first: what they have committed the work on is in the log, so that reading to its end then
        finds all that came of it. Asked afterwards, they might have written in between what was not read.
        """
        self._pending = self.frames_pending()
        self._corrected = self._glossary.committed((TRANSCRIPTS.name,))
        if self._reader is None:
            self._reader = Reader(self._kafka, ReaderOptions(topics=READ, offsets=self._starts, tells_end=True))
        for record in self._reader.read_to(self._segmenter.ends(READ)):
            self._take(record)
        self._rows = rows_by_segment(self._session_id, COLUMNS, self._ask())
        counts = (sum(len(copies) for copies in self._windows.values()), sum(self._transcripts.values()))
        return (*counts, len(self._segments), len(self._rows), self._pending)

    def frames_pending(self) -> int:
        """Frames that the segmenter has not committed."""
        committed = self._segmenter.committed(self._audio)
        return sum(max(0, end - committed.get(place, 0)) for place, end in self._segmenter.ends(self._audio).items())

    def is_settled(self) -> bool:
        """Whether nothing was on its way when it was last caught up with."""
        windows = {name: len(copies) for name, copies in self._windows.items()}
        if self._pending or windows != self._transcripts or self._segments != self._rows.keys():
            return False
        return all(self._corrected.get(place, 0) > last for place, last in self._last_transcript.items())

    def outcome(self) -> Outcome:
        """What was caught up with."""
        return Outcome(dict(self._windows), dict(self._transcripts), dict(self._rows), tuple(self._dead_letters))

    def close(self) -> None:
        """Ends the connections."""
        if self._reader is not None:
            self._reader.close()
        self._store.close()
        self._segmenter.close()
        self._glossary.close()

    def _take(self, record: LogRecord) -> None:
        if record.topic == DEAD_LETTERS.name:
            letter = decode(DeadLetter, record.value)
            self._dead_letters.append(f"{letter.topic}[{letter.partition}]@{letter.offset}: {letter.error}")
        elif session_of(record) != self._session_id:
            return
        elif record.topic == WINDOWS.name:
            self._take_window(record)
        elif record.topic == TRANSCRIPTS.name:
            name = self._named(decode(Transcript, record.value).window_id)
            self._transcripts[name] = self._transcripts.get(name, 0) + 1
            self._last_transcript[(record.topic, record.partition)] = record.offset
        elif (segment := decode(Segment, record.value)).text_raw:
            self._segments.add(self._named(segment.segment_id))

    def _take_window(self, record: LogRecord) -> None:
        window = decode(SpeechWindow, record.value)
        name = self._named(window.window_id)
        self._windows.setdefault(name, []).append(window_record(window))
        audio = (window.audio.topic, window.audio.partition)
        place = Place(name, (record.topic, record.partition), record.offset, audio, window.audio.first_offset)
        self.places.append(place)

    def _named(self, name: str) -> str:
        return name.removeprefix(self._session_id)

    def _ask(self) -> list[tuple[object, ...]]:
        return self._store.ask(ROWS, {"session": self._session_id}).rows
