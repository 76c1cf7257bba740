"""Dead letters: what could not be read, where it lay, why; and sending it again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from processors.segmenter.admission import check_frame
from review.spans import Span, read_spans, whole
from runtime.errors import BadRecord, ConfigError
from runtime.kafka import Record, Writer, WriterOptions
from runtime.settings import KafkaSettings
from schemas.admission import admit
from schemas.codec import decode
from schemas.events import AudioFrame, DeadLetter
from schemas.glossary.table import check_record
from schemas.topics import ALL, DEAD_LETTERS, GLOSSARY

EVENTS: dict[str, Any] = {topic.name: topic.event for topic in ALL}


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter, named by its own place: `partition:offset`."""

    partition: int
    offset: int
    written_at: int
    """UTC µs."""
    letter: DeadLetter

    @property
    def name(self) -> str:
        """What `show` and `retry` take."""
        return f"{self.partition}:{self.offset}"

    @property
    def origin(self) -> str:
        """Where the bytes lay."""
        return f"{self.letter.topic}[{self.letter.partition}]@{self.letter.offset}"


def read_letters(kafka: KafkaSettings, *, topic: str = "", stage: str = "") -> Iterator[Letter]:
    """All that Kafka still holds, oldest first; only of an origin `topic` or a `stage` where these are given."""
    for record in read_spans(kafka, whole(kafka, [DEAD_LETTERS.name])):
        letter = _letter_in(record)
        if topic in ("", letter.letter.topic) and stage in ("", letter.letter.stage):
            yield letter


def read_letter(kafka: KafkaSettings, name: str) -> Letter:
    """The letter of this name. Raises ConfigError where there is none."""
    partition, _, offset = name.partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise ConfigError(f"dead letter {name!r}: give partition:offset, as `earshot deadletters list` shows it")
    spans = [span for span in whole(kafka, [DEAD_LETTERS.name]) if span.partition == int(partition)]
    span = Span(DEAD_LETTERS.name, int(partition), int(offset), int(offset) + 1)
    if spans and spans[0].first_offset <= span.first_offset < spans[0].end_offset:
        for record in read_spans(kafka, [span]):
            return _letter_in(record)
    raise ConfigError(f"dead letter {name}: there is none; `earshot deadletters list` shows those that there are")


def whole_record(kafka: KafkaSettings, letter: Letter) -> tuple[bytes, bytes]:
    """Key and value as they were: from their own place while Kafka has it, else the letter's copy, which may be cut."""
    origin = letter.letter
    if origin.topic in EVENTS:
        span = Span(origin.topic, origin.partition, origin.offset, origin.offset + 1)
        held = [known for known in whole(kafka, [origin.topic]) if known.partition == origin.partition]
        if held and held[0].first_offset <= origin.offset < held[0].end_offset:
            for record in read_spans(kafka, [span]):
                key, value = record.key or b"", record.value or b""
                if value.startswith(origin.value) and key.startswith(origin.key):
                    return key, value
    return origin.key, origin.value


def fault_now(topic: str, key: bytes, value: bytes) -> str:
    """Why this record would be a dead letter again, or an empty string."""
    try:
        if topic == GLOSSARY.name:
            check_record(key, value)
        else:
            event = admit(EVENTS[topic], value, topic)
            if isinstance(event, AudioFrame):
                check_frame(event, topic)
    except BadRecord as error:
        return str(error)
    return ""


def retry(kafka: KafkaSettings, letter: Letter, *, force: bool = False) -> str:
    """Puts the bytes on their topic again, under their key. Returns why it was refused, or an empty string."""
    topic = letter.letter.topic
    if topic not in EVENTS:
        return f"no topic of this pipeline: {topic}"
    key, value = whole_record(kafka, letter)
    fault = fault_now(topic, key, value)
    if fault and not force:
        return fault
    with Writer(kafka, WriterOptions(name="retry")) as writer:
        writer.send(topic, key, value)
    return ""


def _letter_in(record: Record) -> Letter:
    try:
        letter = decode(DeadLetter, record.value)
    except BadRecord as error:
        unreadable = DeadLetter(record.topic, record.partition, record.offset, record.key or b"", b"", "", "")
        letter = replace(unreadable, value=record.value or b"", error=f"the letter itself: {error}")
    return Letter(record.partition, record.offset, record.timestamp_us, letter)
