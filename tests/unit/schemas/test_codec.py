"""The codec gives back what it was given, reads every published id, and refuses everything else by name."""

import json
import struct
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import SCHEMAS, SUBJECTS, decode, encode, subject_of
from schemas.errors import BadRecord
from schemas.events import AudioFrame, GlossaryTerm, SpeechWindow
from tests.unit.schemas.samples import EARLIER, SAMPLES

PUBLISHED = Path(__file__).parent / "published"
KINDS = {name: kind for kind, name in SUBJECTS.items()}
IDS = json.loads((SCHEMAS / "ids.json").read_text())
text = st.text(max_size=20)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_event_comes_back_equal(name: str) -> None:
    assert decode(KINDS[name], encode(SAMPLES[name])) == SAMPLES[name]


@pytest.mark.parametrize(("name", "version"), [(name, version) for name in IDS for version in IDS[name]])
def test_stored_bytes_of_every_published_id_still_decode(name: str, version: str) -> None:
    stored = (PUBLISHED / f"{name}.{version}.bin").read_bytes()
    assert struct.unpack_from(">bI", stored) == (0, IDS[name][version])
    assert decode(KINDS[name], stored) == EARLIER.get((name, version), SAMPLES[name])


def test_no_schema_id_is_used_twice() -> None:
    ids = [schema_id for versions in IDS.values() for schema_id in versions.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_avro_fields_are_the_dataclass_fields(kind: type) -> None:
    name = SUBJECTS[kind]
    newest = max(IDS[name], key=int)
    schema = json.loads((SCHEMAS / f"{name}.{newest}.avsc").read_text())
    assert [field["name"] for field in schema["fields"]] == [field.name for field in fields(kind)]


@given(
    st.builds(
        AudioFrame,
        text,
        text,
        st.integers(0, 2**50),
        st.just(16_000),
        st.integers(0, 2**60),
        st.binary(),
        st.booleans(),
    )
)
def test_any_frame_survives(frame: AudioFrame) -> None:
    assert decode(AudioFrame, encode(frame)) == frame


@given(st.builds(GlossaryTerm, text, st.lists(text).map(tuple), text, text))
def test_any_term_survives(term: GlossaryTerm) -> None:
    assert decode(GlossaryTerm, encode(term)) == term


@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=80))
def test_any_body_is_decoded_or_refused_as_a_bad_record(name: str, body: bytes) -> None:
    header = struct.pack(">bI", 0, subject_of(name).newest_id)
    try:
        event = decode(KINDS[name], header + body)
    except BadRecord:
        return
    assert encode(decode(KINDS[name], encode(event))) == encode(event)


@given(st.integers(0, len(encode(SAMPLES["speech_window"])) - 1))
def test_a_truncated_event_is_refused(length: int) -> None:
    with pytest.raises(BadRecord):
        decode(SpeechWindow, encode(SAMPLES["speech_window"])[:length])


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (None, "0 bytes are too few"),
        (b"\x00\x00", "2 bytes are too few"),
        (b"\x01" + bytes(20), "first byte is 0x01"),
        (struct.pack(">bI", 0, 99_999) + bytes(20), "schema id 99999 is not one of audio_frame's"),
        (encode(SAMPLES["speech_window"]), "is not one of audio_frame's"),
        (encode(SAMPLES["audio_frame"]) + b"\x00", "bytes left over"),
    ],
)
def test_the_fault_is_named(data: bytes | None, fault: str) -> None:
    with pytest.raises(BadRecord, match=fault):
        decode(AudioFrame, data)
