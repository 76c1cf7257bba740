import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.clickhouse.backlog import Backlog, Batch, Item, Plan

P0 = ("transcripts.segments", 0)
P1 = ("transcripts.segments", 1)


def item(offset: int, value: bytes = b"value") -> Item:
    return Item(offset, value, (offset,), 0)


def backlog(*offsets: int, now: float = 0.0) -> Backlog:
    made = Backlog(batch_rows=3, batch_s=1.0, plan_patience_s=5.0)
    for offset in offsets:
        made.add(P0, item(offset), now)
    return made


def offsets(batches: list[Batch]) -> list[list[int]]:
    return [[item.offset for item in batch.items] for batch in batches]


def test_waits_for_company():
    made = backlog(0, 1)
    assert made.due(0.9) == []
    assert offsets(made.due(1.0)) == [[0, 1]]


def test_a_full_batch_waits_for_nothing():
    assert offsets(backlog(0, 1, 2, 3).due(0.0)) == [[0, 1, 2]]


def test_records_stay_until_they_are_done():
    made = backlog(0, 1, 2, 3)
    (batch,) = made.due(0.0)
    assert (offsets(made.due(0.0)), len(made)) == ([[0, 1, 2]], 4)
    made.done(batch, 0.0)
    assert (made.due(0.5), offsets(made.due(1.0))) == ([], [[3]])


def test_partitions_are_batched_apart():
    made = backlog(7)
    made.add(P1, item(0), 0.0)
    assert {batch.partition: batch.plan for batch in made.due(2.0)} == {P0: Plan(P0, 7, 7), P1: Plan(P1, 0, 0)}


def test_a_plan_is_repeated_exactly():
    made = backlog(4, 5)
    made.expect(Plan(P0, 4, 7))
    assert made.due(2.0) == []  # 6 and 7 are on their way
    for offset in (6, 7, 8, 9):
        made.add(P0, item(offset), 2.0)
    (batch,) = made.due(2.0)
    assert offsets([batch]) == [[4, 5, 6, 7]]  # more than batch_rows: it was cut by another setting
    made.done(batch, 2.0)
    assert offsets(made.due(4.0)) == [[8, 9]]


def test_a_plan_that_was_committed_is_forgotten():
    made = backlog(8, 9)
    made.expect(Plan(P0, 4, 7))
    assert offsets(made.due(2.0)) == [[8, 9]]


def test_a_plan_whose_records_never_come_is_given_up():
    made = backlog(4)
    made.expect(Plan(P0, 4, 7))
    assert made.due(4.9) == []
    assert offsets(made.due(5.0)) == [[4]]


def test_a_plan_over_offsets_that_hold_no_record():
    made = backlog(4, 9)
    made.expect(Plan(P0, 4, 7))
    assert offsets(made.due(0.0)) == [[4]]


def test_given_up_partitions_are_dropped():
    made = backlog(0, 1)
    made.add(P1, item(5), 0.0)
    made.drop({P0})
    assert (offsets(made.due(2.0)), len(made)) == ([[5]], 1)


@pytest.mark.parametrize("other", [[(0, b"a")], [(0, b"a"), (1, b"c")], [(0, b"a"), (2, b"b")], [(0, b"ab"), (1, b"")]])
def test_other_records_have_another_token(other):
    def token(records: list[tuple[int, bytes]]) -> str:
        return Batch(P0, tuple(item(offset, value) for offset, value in records)).token

    assert token([(0, b"a"), (1, b"b")]) != token(other)


RECORDS = st.lists(st.binary(max_size=4), min_size=1, max_size=8)


@given(RECORDS)
def test_law_the_token_is_a_pure_function_of_the_records(values):
    def batch() -> Batch:
        return Batch(P0, tuple(Item(offset, value, None, offset) for offset, value in enumerate(values)))

    assert batch().token == batch().token


@given(st.lists(st.integers(1, 4), max_size=12), st.integers(0, 6))
def test_law_every_record_is_in_one_batch_in_order(sizes, crash_after):
    """Batches that are cut, planned, and cut again after a crash: equal batches, nothing lost or doubled."""
    total = sum(sizes)
    inserted: dict[str, list[int]] = {}
    committed = 0
    plan = None
    for life in range(2):
        made = Backlog(batch_rows=3, batch_s=1.0, plan_patience_s=5.0)
        if plan is not None:
            made.expect(plan)
        at, done = committed, 0
        for size in sizes:
            for offset in range(at, min(at + size, total)):
                made.add(P0, item(offset), 0.0)
            at = min(at + size, total)
            for batch in made.due(2.0):
                plan = batch.plan
                inserted[batch.token] = [entry.offset for entry in batch.items]
                done += 1
                if life == 0 and done > crash_after:
                    break
                made.done(batch, 2.0)
                committed = batch.plan.last_offset + 1
            if life == 0 and done > crash_after:
                break
        while life == 1 and (batches := made.due(9.0)):
            for batch in batches:
                inserted[batch.token] = [entry.offset for entry in batch.items]
                made.done(batch, 0.0)
    rows = [offset for offsets_in in inserted.values() for offset in offsets_in]
    assert sorted(rows) == sorted(set(rows)) == list(range(total))
