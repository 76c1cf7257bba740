"""A late window is latency; a session whose every window is late was captured by another clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.audio import MICROSECONDS
from sinks.clickhouse.capture_clocks import LATEST_US, SESSIONS_REMEMBERED, CaptureClocks

NOW = 1_760_000_000 * MICROSECONDS
HOUR = 3600 * MICROSECONDS


def offsets(clocks: CaptureClocks, session_id: str, *took_us: int) -> list[int]:
    return [clocks.offset_us(session_id, NOW - took, NOW) for took in took_us]


def test_a_backlog_of_a_live_session_is_latency():
    assert offsets(CaptureClocks(), "s", MICROSECONDS, 10 * LATEST_US, 2 * LATEST_US) == [0, 0, 0]


@pytest.mark.parametrize("wrong", [HOUR, -HOUR])
def test_a_wrong_clock_is_told_by_how_much_and_only_of_its_session(wrong):
    clocks = CaptureClocks()
    assert offsets(clocks, "right", MICROSECONDS) == [0]
    (off,) = offsets(clocks, "wrong", wrong + MICROSECONDS)
    assert abs(off - wrong) <= MICROSECONDS
    assert offsets(clocks, "right", MICROSECONDS) == [0]
    assert [clocks.is_news("wrong"), clocks.is_news("wrong"), clocks.is_news("other")] == [True, False, True]


@given(st.lists(st.integers(-2 * HOUR, 2 * HOUR), min_size=1, max_size=20))
def test_the_verdict_is_that_of_the_least_delay_whatever_the_order(took_us):
    last = offsets(CaptureClocks(), "s", *took_us)[-1]
    assert last == offsets(CaptureClocks(), "s", *sorted(took_us, reverse=True))[-1]


def test_it_remembers_so_many_sessions_and_no_more():
    clocks = CaptureClocks()
    offsets(clocks, "first", MICROSECONDS)
    for number in range(SESSIONS_REMEMBERED):
        offsets(clocks, f"s{number}", MICROSECONDS)
    assert offsets(clocks, "first", HOUR) == [HOUR]
