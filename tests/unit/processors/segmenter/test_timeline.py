"""Offsets, capture times and the held record."""

from processors.segmenter.timeline import Record, Timeline


def timeline() -> Timeline:
    line = Timeline(Record(0, 1_000_000, 10))
    line.add(Record(1600, 1_100_000, 11))
    line.add(Record(3200, 1_205_000, 14))
    return line


def test_finds_the_records_of_a_span() -> None:
    assert timeline().offsets(0, 1600) == (10, 10)
    assert timeline().offsets(1599, 1601) == (10, 11)
    assert timeline().offsets(1600, 9999) == (11, 14)


def test_capture_times_come_from_the_record_that_holds_the_sample() -> None:
    assert timeline().captured_at(1599) == 1_099_937
    assert timeline().captured_at(3200) == 1_205_000
    assert timeline().captured_at(4800) == 1_305_000


def test_the_held_record_moves_on_and_never_back() -> None:
    line = timeline()
    line.hold(-5)
    assert line.held.offset == 10
    line.hold(3199)
    assert line.held.offset == 11
    line.hold(100)
    assert line.held.offset == 11
    line.drop_before(99_999)
    assert (line.held.offset, line.newest.offset) == (11, 14)
    line.hold(99_999)
    assert line.held.offset == 14


def test_forgets_only_what_ends_before() -> None:
    line = timeline()
    line.drop_before(1600)
    assert line.offsets(1600, 3201) == (11, 14)
    line.drop_before(3199)
    assert line.offsets(1600, 3201) == (11, 14)
