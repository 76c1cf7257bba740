from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Correction, Decoding, Library, Provenance, SampleSpan, Segment, Word
from sinks.clickhouse.migrations import FOLDER
from sinks.clickhouse.rows import COLUMN_NAMES, COLUMN_TYPES, columns_of, row_of, version_of
from tests.support.transcripts import segment

# What a row spreads over several columns, or leaves out because no final differs in it.
SPREAD = {"words", "corrections", "uncovered", "decoding", "audio", "final", "revision"}


def test_every_field_of_a_segment_has_its_column():
    assert {field.name for field in fields(Segment)} - SPREAD <= set(COLUMN_NAMES)
    assert {f"words.{field.name}" for field in fields(Word)} <= set(COLUMN_NAMES)
    assert {f"corrections.{field.name}" for field in fields(Correction)} <= set(COLUMN_NAMES)
    assert {f"uncovered.{field.name}" for field in fields(SampleSpan)} <= set(COLUMN_NAMES)
    assert {field.name for field in fields(Provenance)} <= set(COLUMN_NAMES)
    assert {field.name for field in fields(Decoding)} - {"provenance"} <= set(COLUMN_NAMES)
    assert len(COLUMN_NAMES) == len(COLUMN_TYPES)


def test_a_row_reads_as_its_segment():
    change = Correction("hold", "Hold", "Hold", "alias", 100.0, 0, 4)
    made = segment("s", 3, corrections=(change,))
    row = dict(zip(COLUMN_NAMES, row_of(made, offset=5, corrected_at=1_000_000), strict=True))
    assert (row["session_id"], row["start_sample"], row["text"]) == ("s", 48_000, "hold position")
    assert row["words.text"] == [" hold", " position"]
    assert (row["corrections.to_text"], row["corrections.score"]) == (["Hold"], [100.0])
    assert (row["audio_topic"], row["audio_first_offset"]) == ("audio.pcm.C01", 30)
    assert (row["corrected_at"], row["version"]) == (1_000_000, version_of(5, 1_000_000))


def test_a_row_names_every_library_once_and_the_speech_without_words():
    made = segment("s", uncovered=(SampleSpan(10, 20), SampleSpan(30, 50)), libraries=(Library("rapidfuzz", "3"),))
    by = Provenance(engine="ctranslate2", threads=2, libraries=(Library("numpy", "2"),))
    made = replace(made, decoding=replace(made.decoding, avg_logprob=None, hotwords=("Atropine",), provenance=by))
    row = dict(zip(COLUMN_NAMES, row_of(made, offset=0, corrected_at=0), strict=True))
    assert (row["engine"], row["threads"], row["libraries"]) == ("ctranslate2", 2, {"numpy": "2", "rapidfuzz": "3"})
    assert (row["avg_logprob"], row["hotwords"]) == (None, ("Atropine",))
    assert (row["uncovered.start_sample"], row["uncovered.end_sample"]) == ([10, 30], [20, 50])


def test_columns_are_rows_turned():
    rows = [row_of(segment("s", index), index, 0) for index in range(3)]
    columns = columns_of(rows)
    assert columns[COLUMN_NAMES.index("start_sample")] == [0, 16_000, 32_000]
    assert columns_of([]) == [[] for _ in COLUMN_NAMES]


def test_the_tables_hold_every_column():
    ddl = "".join((FOLDER / name).read_text() for name in ("0001_segments.sql", "0006_provenance.sql"))
    for name in COLUMN_NAMES:
        assert name.split(".")[-1] in ddl


MILLISECONDS = st.integers(0, 4_000_000_000_000)
OFFSETS = st.integers(0, (1 << 20) - 2)


@given(MILLISECONDS, OFFSETS, st.integers(1, 10_000), st.integers(0, 1 << 40))
def test_law_a_later_correction_has_a_higher_version(ms, offset, later_ms, other_offset):
    first = version_of(offset, ms * 1000)
    assert first < version_of(offset + 1, ms * 1000)
    assert first < version_of(other_offset, (ms + later_ms) * 1000) < 1 << 64
