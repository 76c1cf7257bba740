"""What could not be read is listed, shown, and sent again when it can be."""

import pytest

from review.dead_letters import read_letters, whole_record
from review.spans import Span, read_spans, whole
from runtime.kafka import Writer, WriterOptions
from schemas.codec import encode
from schemas.events import DeadLetter
from schemas.topics import DEAD_LETTERS, SEGMENTS_INTERIM, stream_key
from tests.integration.review.support import earshot
from tests.support.transcripts import segment

TOPIC = SEGMENTS_INTERIM.name
"""Where these letters come from: what is sent there again changes no other test's rows or terms."""


@pytest.fixture
def key(session_id):
    return stream_key(session_id, "C01")


@pytest.fixture
def letter(settings, session_id, key):
    """Writes a letter of a stage of the test's own, and finds it."""

    def write(value, topic=TOPIC, offset=10**9, key=key):
        stage = f"stage-{session_id}-{len(value)}"
        bad = DeadLetter(topic, 0, offset, key, value, stage, "it was unreadable")
        with Writer(settings.kafka, WriterOptions(name="test")) as writer:
            writer.send(DEAD_LETTERS.name, bad.key, encode(bad))
        (found,) = read_letters(settings.kafka, stage=stage)
        return found

    return write


def test_a_letter_is_listed_and_shown_with_origin_reason_and_bytes(letter, settings):
    found = letter(b"\x07garbage")
    listed = earshot(settings, "deadletters", "list", "--stage", found.letter.stage)
    assert "1 dead letters" in listed.output
    shown = earshot(settings, "deadletters", "show", found.name).output
    for part in (found.origin, "it was unreadable", "07 67 61 72", ".garbage", f"b'{found.letter.key.decode()}'"):
        assert part in shown


def test_what_still_cannot_be_read_is_refused(letter, settings):
    found = letter(b"\x07garbage again")
    result = earshot(settings, "deadletters", "retry", found.name)
    assert result.exit_code == 1
    assert "refused, first byte is 0x07" in result.output


def test_what_can_be_read_now_goes_back_to_its_topic_under_its_key(letter, settings, session_id, key):
    good = encode(segment(session_id, final=False, revision=1))
    found = letter(good)
    ends = {span.place: span.end_offset for span in whole(settings.kafka, [TOPIC])}
    result = earshot(settings, "deadletters", "retry", found.name)
    assert result.exit_code == 0, result.output
    now = whole(settings.kafka, [TOPIC])
    spans = [Span(*span.place, ends.get(span.place, 0), span.end_offset) for span in now]
    assert (key, good) in [(one.key, one.value) for one in read_spans(settings.kafka, spans)]


def test_a_copy_that_was_cut_is_made_whole_from_its_origin(letter, settings, session_id):
    value = encode(DeadLetter(session_id, 0, 0, b"", b"x" * 100, "test", "a letter about a letter"))
    with Writer(settings.kafka, WriterOptions(name="test")) as writer:
        writer.send(DEAD_LETTERS.name, b"origin", value)
    (span,) = whole(settings.kafka, [DEAD_LETTERS.name])
    at = next(one.offset for one in read_spans(settings.kafka, [span]) if one.value == value)
    found = letter(value[:10], topic=DEAD_LETTERS.name, offset=at, key=b"ori")
    assert whole_record(settings.kafka, found) == (b"origin", value)


def test_a_forged_letter_harms_neither_the_list_nor_the_terminal(letter, settings):
    """Whoever may write to the topic may write this: markup of Rich, and what steers a terminal."""
    found = letter(b"x" * 100, topic="[/red]\x1b[2J\x07" + "t" * 5000, offset=2**62, key=b"\x1b[31m" * 1000)
    for command in (("list", "--stage", found.letter.stage), ("show", found.name), ("retry", "--force", found.name)):
        result = earshot(settings, "deadletters", *command)
        assert result.exception is None or isinstance(result.exception, SystemExit), command
        assert "\x1b" not in result.output
        assert len(result.output) < 10_000
    assert "no topic of this pipeline" in result.output
