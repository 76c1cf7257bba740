from sinks.clickhouse.proof import MOST_NAMES, questions_of
from sinks.clickhouse.rows import row_of
from tests.support.transcripts import CAPTURED_AT, segment


def rows(count: int) -> list:
    return [row_of(segment("s", number), number, CAPTURED_AT) for number in range(count)]


def test_a_batch_is_asked_for_by_name_and_version():
    (question,) = questions_of(rows(3))
    assert question.expected == 3
    assert question.parameters["sessions"] == ["s"]
    assert question.parameters["first"] < question.parameters["last"]
    assert question.parameters["version"] == rows(1)[0][-1]


def test_the_same_segment_twice_is_one_row():
    (question,) = questions_of([*rows(2), *rows(2)])
    assert question.expected == 2


def test_a_large_batch_is_asked_for_in_parts():
    assert [question.expected for question in questions_of(rows(MOST_NAMES + 1))] == [MOST_NAMES, 1]
    assert list(questions_of([])) == []
