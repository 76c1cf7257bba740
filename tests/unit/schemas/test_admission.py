"""What decodes and must not be worked on all the same."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.admission import admit, admit_term, name_fault
from schemas.codec import encode
from schemas.errors import BadRecord
from schemas.events import Library, SampleSpan, Word
from schemas.topics import SEGMENTS, SEGMENTS_INTERIM, TRANSCRIPTS, TRANSCRIPTS_INTERIM, WINDOWS, WINDOWS_INTERIM
from tests.unit.schemas.samples import DECODING, PROVENANCE, SAMPLES, SPAN, WORDS

LANES = {
    "speech_window": (WINDOWS, WINDOWS_INTERIM),
    "transcript": (TRANSCRIPTS, TRANSCRIPTS_INTERIM),
    "segment": (SEGMENTS, SEGMENTS_INTERIM),
}
FAR = 10**12
STREAM_FAULTS: list[dict[str, Any]] = [
    {"session_id": ""},
    {"session_id": "a/b"},
    {"session_id": ".."},
    {"session_id": "x" * 201},
    {"session_id": "nul\0"},
    {"session_id": "rtl\u202e"},
    {"session_id": "escape\x1b[2J"},
    {"channel_id": "C17"},
    {"window_id": "s-1/C03/15999"},
    {"window_id": "another/C03/16000"},
    {"utterance_id": "another/C03/16000"},
    {"utterance_id": "s-1/C03/../16000"},
    {"revision": -1},
    {"revision": 2**40},
    {"captured_at": -1},
    {"captured_at": 2**62},
    {"audio": replace(SPAN, partition=-1)},
    {"audio": replace(SPAN, first_offset=-2)},
    {"audio": replace(SPAN, topic="t" * 201)},
]
NUMBER_FAULTS: list[dict[str, Any]] = [
    {"decoding": replace(DECODING, avg_logprob=float("nan"))},
    {"decoding": replace(DECODING, no_speech_prob=float("inf"))},
    {"decoding": replace(DECODING, beam_size=-1)},
    {"decoding": replace(DECODING, context_frames=-1)},
    {"decoding": replace(DECODING, model="m" * 201)},
    {"decoding": replace(DECODING, hotwords=("h" * 201,))},
    {"decoding": replace(DECODING, hotwords=("h",) * 1001)},
    {"decoding": replace(DECODING, provenance=replace(PROVENANCE, threads=-1))},
    {"decoding": replace(DECODING, provenance=replace(PROVENANCE, processor="\x1b[2J"))},
    {"decoding": replace(DECODING, provenance=replace(PROVENANCE, libraries=(Library("numpy", "n" * 201),)))},
    {"uncovered": (SampleSpan(16_000, 15_999),)},
    {"uncovered": (SampleSpan(-1, 15_999),)},
    {"uncovered": (SampleSpan(FAR, FAR + 1),)},
    {"uncovered": (SampleSpan(16_000, FAR),)},
    {"uncovered": (SampleSpan(16_000, 16_001),) * 1001},
    {"words": (replace(WORDS[0], probability=float("nan")),)},
    {"words": (replace(WORDS[0], start_sample=FAR),)},
    {"words": (replace(WORDS[0], end_sample=-1),)},
    {"words": (Word("w", 16_000, 16_001, 1.0, False),) * 1001},
    {"words": (replace(WORDS[0], text="w" * 20_001),)},
    {"windowed_at": 2**62},
    {"language": "l" * 201},
    {"text": "t" * 10_001},
]
FAULTS = {
    "speech_window": [
        *STREAM_FAULTS,
        {"own_to": 2**60},
        {"first_sample": -1},
        {"speech_to": -1},
        {"voiced": (SampleSpan(FAR, FAR + 1),)},
        {"libraries": (Library("numpy", "2"),) * 101},
    ],
    "transcript": [
        *STREAM_FAULTS,
        *NUMBER_FAULTS,
        {"own_to": FAR},
        {"own_to": 15_999},
        {"speech_to": FAR},
        {"rejected": "r" * 201},
    ],
    "segment": [
        *[fault for fault in STREAM_FAULTS if "window_id" not in fault],
        *NUMBER_FAULTS,
        {"window_id": "another/C03/16000"},
        {"segment_id": "s-1/C03/16001/0"},
        {"segment_id": "s-1/C03/16000/"},
        {"end_sample": 2**60},
        {"transcribed_at": -1},
        {"speech_ended_at": 2**62},
        {"text_raw": "t" * 10_001},
        {"corrections": (replace(SAMPLES["segment"].corrections[0], end=2**31),)},  # type: ignore[union-attr]
        {"corrections": (replace(SAMPLES["segment"].corrections[0], score=float("nan")),)},  # type: ignore[union-attr]
        {"libraries": (Library("l" * 201, "2"),)},
        {"corrections": SAMPLES["segment"].corrections * 1001},  # type: ignore[union-attr]
    ],
}


@pytest.mark.parametrize("name", LANES)
def test_what_the_stages_make_is_let_in_on_its_own_lane_only(name: str) -> None:
    final, finals, interims = SAMPLES[name], *LANES[name]
    interim = replace(final, final=False, revision=1)  # type: ignore[call-arg,arg-type]
    assert admit(type(final), encode(final), finals.name) == final
    assert admit(type(final), encode(interim), interims.name) == interim
    with pytest.raises(BadRecord, match="an interim on the topic of the finals"):
        admit(type(final), encode(interim), finals.name)
    with pytest.raises(BadRecord, match="a final on the topic of the interims"):
        admit(type(final), encode(final), interims.name)


@pytest.mark.parametrize(("name", "changes"), [(name, changes) for name in FAULTS for changes in FAULTS[name]])
def test_what_no_stage_makes_is_refused(name: str, changes: dict[str, Any]) -> None:
    sample = SAMPLES[name]
    with pytest.raises(BadRecord) as refused:
        admit(type(sample), encode(replace(sample, **changes)), LANES[name][0].name)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize(
    "changes",
    [
        {"term": ""},
        {"term": "t" * 201},
        {"term": "line\nbreak"},
        {"aliases": ("",)},
        {"aliases": ("a",) * 1001},
        {"category": "\x1b[31m"},
    ],
)
def test_terms_that_a_glossary_file_could_not_hold_are_refused(changes: dict[str, Any]) -> None:
    term = SAMPLES["glossary_term"]
    with pytest.raises(BadRecord):
        admit(type(term), encode(replace(term, **changes)), "glossary.terms")


def test_a_term_lies_under_its_own_key() -> None:
    term = SAMPLES["glossary_term"]
    assert admit_term(b"Alpha Tower", encode(term), "glossary.terms") == term
    for key in (b"another", None):
        with pytest.raises(BadRecord, match="under the key"):
            admit_term(key, encode(term), "glossary.terms")


@pytest.mark.parametrize("name", ["s-1", "회의 7", "'; DROP TABLE segments; --", "%s {0}", "a.b"])
def test_odd_names_that_harm_nobody_are_let_in(name: str) -> None:
    assert not name_fault(name, "session_id")
