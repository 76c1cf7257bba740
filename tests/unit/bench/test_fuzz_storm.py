"""Good messages lie between the bad ones, and an outcome names what went wrong."""

from hypothesis import given
from hypothesis import strategies as st

from bench.fuzz.hostile import Message
from bench.fuzz.storm import Good, Outcome, _interleaved


@given(bad=st.integers(1, 60), good=st.integers(0, 60))
def test_all_are_sent_in_their_order_and_spread_evenly(bad: int, good: int) -> None:
    evil = [Message(str(number), None, None) for number in range(bad)]
    fair = [Good(None, bytes([number])) for number in range(good)]
    sent = list(_interleaved(iter(evil), bad, fair))
    assert [one for one in sent if isinstance(one, Message)] == evil
    assert [one for one in sent if isinstance(one, Good)] == fair
    between = -(-good // bad)
    for at in range(len(sent)):
        run = sent[at : at + between + 1]
        assert len(run) < between + 1 or any(isinstance(one, Message) for one in run)


def test_an_outcome_without_a_fault_says_nothing() -> None:
    assert Outcome("t", bad=5, letters=5, wanted=3, arrived=3).faults == []


def test_each_fault_is_named() -> None:
    place = ("speech.windows", 7)
    broken = Outcome(
        "t", missing=[("huge", place)], doubled=[("empty", place)], undue=[place], unexplained=1, wanted=3, arrived=2
    )
    assert len(broken.faults) == 5
    assert all(fault.startswith("t: ") for fault in broken.faults)
    assert "huge" in broken.faults[0]
