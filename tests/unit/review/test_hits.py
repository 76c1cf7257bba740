from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.hits import Said, Wanted, query_of, stretches, words_in
from runtime.errors import ConfigError
from sinks.clickhouse.folding import folded_sql


def test_each_word_must_occur():
    sql, parameters = query_of(Wanted(("혈압", "100%_\\")))
    assert sql.count("folded LIKE ") == 2
    assert folded_sql("{word0:String}") in sql
    assert (parameters["word0"], parameters["word1"]) == ("%혈압%", "%100\\%\\_\\\\%")


def test_filters_are_parameters():
    since = datetime(2026, 5, 1, 11, 50, tzinfo=UTC)
    sql, parameters = query_of(Wanted(("a",), "s'1", "C01, C02", "ko", since))
    assert "s'1" not in sql
    assert parameters["channels"] == ["C01", "C02"]
    assert (parameters["session"], parameters["language"]) == ("s'1", "ko")
    assert parameters["since"] == "2026-05-01 11:50:00.000000"


def test_a_channel_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="C99"):
        query_of(Wanted(("word",), channel="C01,C99"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gate", "two"), ("gate", "two")),
        (("gate two",), ("gate two",)),
        (('"gate  two" smoke',), ("gate two", "smoke")),
        (('smoke near "the fuel depot"', "now"), ("the fuel depot", "smoke", "near", "now")),
        (("“소화 약제” 준비",), ("소화 약제", "준비")),
        (('5"',), ('5"',)),
        (('"" x',), ("x",)),
    ],
)
def test_phrases_are_quoted(arguments, words):
    assert words_in(arguments) == words


@pytest.mark.parametrize("nothing", [("",), (" ",), ('""',)])
def test_nothing_is_not_looked_for(nothing):
    with pytest.raises(ConfigError, match="nothing to look for"):
        words_in(nothing)


BEGAN = datetime(2026, 5, 1, tzinfo=UTC)


def said(at: int, channel: str = "C01", *, is_hit: bool = False) -> Said:
    """A segment of a second that begins `at` seconds into the stream."""
    time = BEGAN + timedelta(seconds=at)
    return Said(time, "s", channel, f"s/{channel}/{at}/0", at, at + 1, "en", f"at {at}", is_hit)


def test_a_hit_stands_in_what_was_said_around_it():
    near = [said(at) for at in range(0, 60, 2)]
    (stretch,) = stretches([said(20, is_hit=True)], near, 5)
    assert [(one.start_s, one.is_hit) for one in stretch] == [
        (14, False), (16, False), (18, False), (20, True), (22, False), (24, False), (26, False),
    ]  # fmt: skip


def test_stretches_that_meet_are_one_and_channels_stay_apart():
    near = [said(at, channel) for channel in ("C01", "C02") for at in range(0, 60, 2)]
    hits = [said(10, is_hit=True), said(12, "C02", is_hit=True), said(14, is_hit=True), said(40, is_hit=True)]
    found = stretches(hits, near, 3)
    assert [[one.start_s for one in stretch if one.is_hit] for stretch in found] == [[10, 14], [12], [40]]
    assert [one.start_s for one in found[0]] == [6, 8, 10, 12, 14, 16, 18]


@given(st.sets(st.integers(0, 50), min_size=1), st.sets(st.integers(0, 50)), st.integers(1, 10))
def test_every_segment_is_shown_once_and_every_hit_is_shown(hit_at, other_at, around_s):
    near = [said(at) for at in sorted(hit_at | other_at)]
    found = stretches([said(at, is_hit=True) for at in sorted(hit_at)], near, around_s)
    shown = [one.start_s for stretch in found for one in stretch]
    assert shown == sorted(set(shown))
    assert {one.start_s for stretch in found for one in stretch if one.is_hit} == hit_at
    expected = {at for at in hit_at | other_at if any(abs(at - hit) <= around_s + 1 for hit in hit_at)}
    assert set(shown) == expected
