from sinks.clickhouse.first_times import OLD_US, questions_of, times_of, with_times
from sinks.clickhouse.rows import COLUMN_NAMES, row_of
from tests.support.transcripts import CAPTURED_AT, segment

ROWS = [row_of(segment("s", number), number, CAPTURED_AT + 9) for number in range(2)]
ENDED_AT = max(row[COLUMN_NAMES.index("speech_ended_at")] for row in ROWS)
NOW = 77


def of(row: tuple, name: str) -> object:
    return row[COLUMN_NAMES.index(name)]


def test_only_rows_of_old_speech_are_asked_for():
    assert not list(questions_of(ROWS, ENDED_AT))
    (question,) = questions_of(ROWS, ENDED_AT + OLD_US + 1)
    assert len(question.parameters["segments"]) == 2


def test_a_row_that_was_there_keeps_its_times_and_a_new_one_has_now():
    glossary = of(ROWS[0], "glossary_version")
    first = times_of([(of(ROWS[0], "segment_id"), glossary, 1, 2, 3, NOW)])
    again, new = with_times(ROWS, first, NOW)
    assert (of(again, "transcribed_at"), of(again, "corrected_at"), again[-1]) == (1, 2, 3)
    assert of(again, "version") == of(ROWS[0], "version")
    assert new == (*ROWS[1], NOW)


def test_a_reading_by_another_glossary_is_new():
    first = times_of([(of(ROWS[0], "segment_id"), "other", 1, 2, 3, NOW)])
    assert with_times(ROWS[:1], first, NOW) == [(*ROWS[0], NOW)]
