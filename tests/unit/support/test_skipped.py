import pytest

from tests.support.skipped import skipped_lines


def skipped(reason: str) -> pytest.TestReport:
    return pytest.TestReport(
        "test_x", ("tests/x.py", 1, "x"), {}, "skipped", ("tests/x.py", 1, f"Skipped: {reason}"), "call"
    )


def test_reasons_are_counted_the_most_frequent_first() -> None:
    reports = [skipped("a disk"), skipped("PortAudio"), skipped("PortAudio")]
    assert list(skipped_lines(reports)) == ["3 skipped, for want of:", "   2  PortAudio", "   1  a disk"]


def test_nothing_skipped_is_not_spoken_of() -> None:
    assert list(skipped_lines([])) == []
