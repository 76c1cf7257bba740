from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.ledger import Ledger

P0, P1 = ("speech.windows", 0), ("speech.windows", 1)


def test_nothing_is_ready_past_a_window_in_work() -> None:
    ledger: Ledger[str] = Ledger()
    first, second, other = ledger.admit(P0, 5), ledger.admit(P0, 6), ledger.admit(P1, 9)
    assert first is not None
    assert second is not None
    assert other is not None
    ledger.finish(second, "b")
    ledger.finish(other, "x")

    assert ledger.ready().outputs == ("x",)
    assert ledger.ready().offsets == {P1: 10}

    ledger.finish(first, "a")
    assert ledger.ready().offsets == {P0: 7, P1: 10}
    assert sorted(ledger.ready().outputs) == ["a", "b", "x"]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), max_size=30), st.randoms())
def test_every_output_is_told_once_and_in_the_order_of_its_partition(steps, random) -> None:
    ledger: Ledger[tuple[int, int]] = Ledger()
    offsets = [0, 0, 0]
    tickets = []
    for partition, gap in steps:
        offsets[partition] += gap  # offsets have gaps where transactions left their marks
        ticket = ledger.admit(("t", partition), offsets[partition])
        tickets.append((ticket, (partition, offsets[partition])))
    random.shuffle(tickets)

    told: list[tuple[int, int]] = []
    for ticket, output in tickets:
        ledger.finish(ticket, output)
        ready = ledger.ready()
        told += ready.outputs
        ledger.settle(ready)
        for partition in range(3):
            mine = [offset for place, offset in told if place == partition]
            assert mine == sorted(mine)

    assert sorted(told) == sorted(output for _, output in tickets)
    assert len(ledger) == 0


def test_results_of_revoked_work_find_no_place() -> None:
    ledger: Ledger[str] = Ledger()
    gone, kept = ledger.admit(P0, 1), ledger.admit(P1, 1)
    assert ledger.revoke([P0]) == [gone]

    assert not ledger.finish(gone, "late")
    assert ledger.finish(kept, "in time")
    assert ledger.ready().offsets == {P1: 2}


def test_a_partition_that_came_back_starts_over_with_new_tickets() -> None:
    ledger: Ledger[str] = Ledger()
    old = ledger.admit(P0, 1)
    ledger.revoke([P0])
    new = ledger.admit(P0, 1)

    assert new is not None
    assert new != old
    assert not ledger.finish(old, "decoded before the rebalance")


def test_a_record_in_work_is_not_admitted_twice() -> None:
    ledger: Ledger[str] = Ledger()
    ledger.admit(P0, 1)
    ledger.admit(P0, 2)

    assert ledger.admit(P0, 1) is None
    assert ledger.admit(P0, 2) is None
    assert len(ledger) == 2


def test_a_rewind_that_nobody_told_of_loses_nothing() -> None:
    ledger: Ledger[str] = Ledger()
    stale = ledger.admit(P0, 10)
    eight, nine, ten = (ledger.admit(P0, offset) for offset in (8, 9, 10))

    assert None not in (eight, nine, ten)
    assert not ledger.finish(stale, "stale")
    assert len(ledger) == 3


def test_settling_leaves_what_came_after() -> None:
    ledger: Ledger[str] = Ledger()
    ledger.finish(ledger.admit(P0, 1), "a")
    ready = ledger.ready()
    later = ledger.admit(P0, 2)
    ledger.settle(ready)

    assert len(ledger) == 1
    assert ledger.clear() == [later]
