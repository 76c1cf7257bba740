from processors.glossary.corrector import Corrector
from processors.glossary.sentences import limits_of
from processors.glossary.step import GlossaryStep
from runtime.record import Record
from schemas.codec import decode, encode
from schemas.events import DeadLetter, GlossaryTerm, Segment
from tests.support.dictionaries import DICTIONARIES
from tests.support.transcripts import spoken, transcript


def step_of(*terms: GlossaryTerm) -> GlossaryStep:
    corrector = Corrector(terms, 87, DICTIONARIES)
    return GlossaryStep(lambda: corrector, limits_of(gap_s=1.0, max_s=15.0))


def record(value: bytes | None, topic: str = "transcripts.raw") -> Record:
    return Record(topic, 0, 41, b"s/C01", value, 1_000)


def test_finals_are_awaited_and_keep_the_key():
    result = step_of().step(record(encode(transcript("s", spoken("Go.", "Out.")))))
    assert [output.topic for output in result.outputs] == ["transcripts.segments"] * 2
    assert all(output.awaited and output.key == b"s/C01" for output in result.outputs)
    assert [decode(Segment, output.value).text for output in result.outputs] == ["Go.", "Out."]
    assert result.needed_offset == 42


def test_interims_go_their_own_way_and_hold_up_nothing():
    made = transcript("s", spoken("Go"), final=False, revision=1)
    (output,) = step_of().step(record(encode(made), "transcripts.raw.interim")).outputs
    assert (output.topic, output.awaited) == ("transcripts.interim", False)


def test_bad_bytes_become_a_dead_letter():
    result = step_of().step(record(b"not avro"))
    (output,) = result.outputs
    letter = decode(DeadLetter, output.value)
    assert (output.topic, letter.topic, letter.offset, letter.value) == (
        "pipeline.deadletters",
        "transcripts.raw",
        41,
        b"not avro",
    )
    assert letter.error
    assert result.needed_offset == 42
    assert output.awaited


def test_a_tombstone_becomes_a_dead_letter():
    (output,) = step_of().step(record(None)).outputs
    assert decode(DeadLetter, output.value).value == b""


def test_equal_records_give_equal_bytes():
    value = encode(transcript("s", spoken("heard", "eckmo")))
    term = GlossaryTerm("ECMO", ("eckmo",), "", "")
    assert step_of(term).step(record(value)) == step_of(term).step(record(value))


def test_an_empty_transcript_only_moves_on():
    result = step_of().step(record(encode(transcript("s", (), text="", rejected="no_speech"))))
    assert (list(result.outputs), result.needed_offset) == ([], 42)
