"""Standing still is a stall only while work waits."""

from runtime.progress import Progress


class ManualClock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def started() -> tuple[ManualClock, Progress]:
    clock = ManualClock()
    return clock, Progress(clock)


def test_a_loop_that_does_not_turn_is_stalled() -> None:
    clock, progress = started()
    clock.now_s += 11
    assert "not turned for 11 s" in progress.stalled(10)
    progress.beat()
    assert progress.stalled(10) == ""


def test_idle_is_not_stalled() -> None:
    clock, progress = started()
    clock.now_s += 1000
    progress.beat()
    progress.waiting(0)
    assert progress.stalled(10) == ""


def test_work_that_waits_with_none_finished_is_a_stall() -> None:
    clock, progress = started()
    progress.waiting(5)
    for _ in range(3):
        clock.now_s += 5
        progress.beat()
        progress.waiting(5)
    assert "5 records wait" in progress.stalled(10)
    progress.done()
    assert progress.stalled(10) == ""


def test_the_time_counts_from_when_work_began_to_wait() -> None:
    clock, progress = started()
    clock.now_s += 1000
    progress.beat()
    progress.waiting(5)
    assert progress.stalled(10) == ""


def test_without_a_broker_nothing_is_a_stall_and_after_it_all_is_counted_anew() -> None:
    clock, progress = started()
    progress.waiting(5)
    clock.now_s += 9
    progress.broker_is_away()
    clock.now_s += 1000
    progress.broker_is_away()
    assert (progress.away_s, progress.stalled(10)) == (1000, "")
    progress.broker_answers()
    clock.now_s += 9
    assert (progress.away_s, progress.stalled(10)) == (0, "")
    clock.now_s += 2
    progress.broker_answers()
    assert "not turned" in progress.stalled(10)


def test_what_waits_for_a_server_that_is_away_is_lag_and_no_stall() -> None:
    clock, progress = started()
    for _ in range(3):
        clock.now_s += 9
        progress.beat()
        progress.waiting(5, held_up_by="ClickHouse")
    assert (progress.lag, progress.held_up_by, progress.stalled(10)) == (5, "ClickHouse", "")
    progress.waiting(5)
    clock.now_s += 11
    progress.beat()
    assert (progress.held_up_by, "5 records wait" in progress.stalled(10)) == ("", True)
