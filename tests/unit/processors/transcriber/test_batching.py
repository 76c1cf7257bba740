from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.batching import BatchLimits, affordable_windows, pick_batch, wait_for_company_s
from processors.transcriber.task import Task
from tests.support.speech_windows import task, window

CHANNELS = st.integers(1, 16).map(lambda number: f"C{number:02d}")


@st.composite
def waiting_tasks(draw: st.DrawFn) -> list[Task]:
    kinds = draw(st.lists(st.tuples(CHANNELS, st.sampled_from([250, 500, 750])), max_size=40))
    return [
        task(window(channel_id=channel), context=context, ticket=place, arrived_s=float(place))
        for place, (channel, context) in enumerate(kinds)
    ]


@given(waiting_tasks(), st.integers(1, 20))
def test_a_batch_holds_one_context_at_most_so_many_windows_and_always_the_oldest(
    waiting: list[Task], most: int
) -> None:
    batch = pick_batch(waiting, most)

    assert len(batch) <= most
    assert len({task.context for task in batch}) <= 1
    assert len({task.ticket for task in batch}) == len(batch)
    assert not waiting or waiting[0] in batch


@given(waiting_tasks(), st.integers(1, 20))
def test_a_batch_is_as_full_as_it_can_be(waiting: list[Task], most: int) -> None:
    alike = [task for task in waiting if task.context == waiting[0].context]

    assert len(pick_batch(waiting, most)) == min(most, len(alike))


@given(waiting_tasks(), st.integers(1, 20))
def test_no_stream_gets_a_second_place_before_every_stream_has_its_first(waiting: list[Task], most: int) -> None:
    batch = pick_batch(waiting, most)
    left_out = {task.stream for task in waiting if task.context == waiting[0].context} - {task.stream for task in batch}

    assert not left_out or len({task.stream for task in batch}) == len(batch)


@given(waiting_tasks(), st.integers(1, 20))
def test_a_stream_is_served_in_its_order(waiting: list[Task], most: int) -> None:
    batch = pick_batch(waiting, most)

    for chosen in batch:
        before = [
            task
            for task in waiting
            if task.stream == chosen.stream and task.context == chosen.context and task.ticket < chosen.ticket
        ]
        assert all(task in batch for task in before)


@given(waiting_tasks(), st.integers(1, 20))
def test_every_window_comes_within_as_many_batches_as_windows_were_before_it(waiting: list[Task], most: int) -> None:
    left = list(waiting)
    turn = 0
    while left:
        batch = pick_batch(left, most)
        assert all(task.ticket >= turn for task in left)
        left = [task for task in left if task not in batch]
        turn += 1


LIMITS = BatchLimits(windows=2, wait_s=0.02)


def test_a_window_that_finds_the_model_idle_does_not_wait() -> None:
    assert wait_for_company_s([task(window(), arrived_s=5.0)], LIMITS, now_s=5.0, idle_since_s=4.0) == 0


def test_a_window_that_came_while_the_model_was_busy_waits_for_company() -> None:
    assert wait_for_company_s([task(window(), arrived_s=5.0)], LIMITS, now_s=5.005, idle_since_s=5.005) > 0.01
    assert wait_for_company_s([task(window(), arrived_s=5.0)], LIMITS, now_s=5.03, idle_since_s=5.03) == 0


def test_a_full_batch_does_not_wait() -> None:
    pair = [task(window(), arrived_s=5.0, ticket=1), task(window(), arrived_s=5.0, ticket=2)]

    assert wait_for_company_s(pair, LIMITS, now_s=5.001, idle_since_s=5.001) == 0


@given(st.integers(1, 64), st.floats(0, 100))
def test_a_slow_model_gets_small_batches_and_never_none(windows: int, window_s: float) -> None:
    count = affordable_windows(windows, window_s, 5.0)

    assert 1 <= count <= windows
    assert count == 1 or count * window_s <= 5.0
    assert count == windows or (count + 1) * window_s > 5.0 - 1e-6
