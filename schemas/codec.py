"""Events to bytes and back: Avro in Confluent framing (`00`, a 4-byte schema id, the body).

The ids are checked in (`avro/ids.json`), so no process needs a registry; a reader accepts every id ever published
for the event it expects and resolves it to the newest schema.
"""

import io
import json
import struct
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import fastavro

from schemas.errors import Unreadable
from schemas.events import (
    AudioFrame,
    DeadLetter,
    Event,
    GlossaryPush,
    GlossaryTerm,
    LostRecords,
    Segment,
    SpeechWindow,
    StreamMark,
    Transcript,
)

SCHEMAS = Path(__file__).parent / "avro"
HEADER = struct.Struct(">bI")
SUBJECTS: dict[type, str] = {
    AudioFrame: "audio_frame",
    StreamMark: "stream_mark",
    SpeechWindow: "speech_window",
    Transcript: "transcript",
    Segment: "segment",
    GlossaryTerm: "glossary_term",
    GlossaryPush: "glossary_push",
    DeadLetter: "dead_letter",
    LostRecords: "lost_records",
}

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Subject:
    """Every published schema of one event type."""

    name: str
    newest_id: int
    newest: Any
    by_id: dict[int, Any]


def encode(event: Event) -> bytes:
    """The event in Confluent-framed Avro under the newest schema of its type."""
    subject = subject_of(SUBJECTS[type(event)])
    out = io.BytesIO()
    out.write(HEADER.pack(0, subject.newest_id))
    fastavro.schemaless_writer(out, subject.newest, _as_record(event))
    return out.getvalue()


def decode(kind: type[E], data: bytes | None) -> E:
    """The event that `data` holds. Raises BadRecord, naming the fault, for anything else."""
    subject = subject_of(SUBJECTS[kind])
    schema_id = _schema_id(kind, data)
    writer = subject.by_id.get(schema_id)
    if writer is None:
        raise Unreadable(f"schema id {schema_id} is not one of {subject.name}'s {sorted(subject.by_id)}")
    body = io.BytesIO(data[HEADER.size :])  # type: ignore[index]
    try:
        record = fastavro.schemaless_reader(body, writer, subject.newest)
        event: E = _from_record(kind, record)
    except (EOFError, IndexError, ValueError, TypeError, KeyError, OverflowError, MemoryError, struct.error) as error:
        raise Unreadable(f"not a {subject.name}: {type(error).__name__}: {error}") from error
    if body.read(1):
        raise Unreadable(f"bytes left over after a {subject.name}")
    return event


@cache
def subject_of(name: str) -> Subject:
    """The published schemas of one event type."""
    ids: dict[str, int] = json.loads((SCHEMAS / "ids.json").read_text())[name]
    by_version = {
        int(version): fastavro.parse_schema(json.loads((SCHEMAS / f"{name}.{version}.avsc").read_text()))
        for version in ids
    }
    newest = max(by_version)
    by_id = {ids[str(version)]: schema for version, schema in by_version.items()}
    return Subject(name, ids[str(newest)], by_version[newest], by_id)


def _schema_id(kind: type, data: bytes | None) -> int:
    if data is None or len(data) < HEADER.size:
        raise Unreadable(f"{0 if data is None else len(data)} bytes are too few for a {SUBJECTS[kind]}")
    magic, schema_id = HEADER.unpack_from(data)
    if magic != 0:
        raise Unreadable(f"first byte is {data[0]:#04x}, not the 0x00 of Confluent framing")
    return int(schema_id)


def _as_record(event: Any) -> dict[str, Any]:
    record = {}
    for name, nested in _shape(cast(Any, type(event))):
        value = getattr(event, name)
        if nested is None:
            record[name] = value
        elif isinstance(value, tuple):
            record[name] = [_as_record(item) for item in value]
        else:
            record[name] = _as_record(value)
    return record


def _from_record(kind: Any, record: Any) -> Any:
    values = {}
    for name, nested in _shape(kind):
        value = record[name]
        if isinstance(value, list):
            value = tuple(_from_record(nested, item) if nested else item for item in value)
        elif nested is not None:
            value = _from_record(nested, value)
        values[name] = value
    return kind(**values)


@cache
def _shape(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Each field's name and the dataclass inside it, or None."""
    hints = get_type_hints(kind)
    return tuple((field.name, _dataclass_in(hints[field.name])) for field in fields(kind))


def _dataclass_in(hint: Any) -> Any:
    if get_origin(hint) in (tuple, UnionType):
        hint = get_args(hint)[0]
    return hint if hasattr(hint, "__dataclass_fields__") else None
