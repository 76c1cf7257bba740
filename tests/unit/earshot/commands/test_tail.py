import pytest

from earshot.commands.tail import line_of, styled, wanted_by
from runtime.errors import ConfigError
from tests.support.transcripts import segment


@pytest.mark.parametrize(
    ("channel", "session", "expected"),
    [(None, None, True), ("C02, C01", None, True), ("C02", None, False), (None, "s", True), ("C01", "other", False)],
)
def test_filters(channel, session, expected):
    assert wanted_by(channel, session)(segment("s")) is expected


def test_a_channel_that_does_not_exist_is_refused_and_not_waited_for():
    with pytest.raises(ConfigError, match="C99"):
        wanted_by("C01,C99", None)


def test_a_line_says_when_where_and_what():
    assert line_of(segment("s", 0, "hold  position", captured_at=1_000_000)) == "00:00:01  C01  hold  position"
    assert line_of(segment("s", 0, "", captured_at=1_000_000)) == "00:00:01  C01  [speech without text]"


def test_a_styled_line_reads_the_same():
    line = line_of(segment("s", 0, "[red] hold  position"))
    assert styled(line, "C01").plain == line
