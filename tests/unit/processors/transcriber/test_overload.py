from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.overload import Overload, OverloadRule, Step, next_overload

RULE = OverloadRule(finals_s=1, fast_s=5, lagging_s=15, calm_s=2)


def after(*delays: tuple[float, float]) -> Overload:
    state = Overload()
    for now_s, delay_s in delays:
        state = next_overload(state, delay_s, now_s, RULE)
    return state


def test_the_ladder_is_climbed_at_once() -> None:
    assert after((0, 0.5)).step == Step.NORMAL
    assert after((0, 1.0)).step == Step.FINALS
    assert after((0, 6.0)).step == Step.FAST
    assert after((0, 99.0)).step == Step.LAGGING


def test_it_is_left_one_step_at_a_time_after_a_calm_while() -> None:
    climbed = [(0.0, 20.0), (1.0, 0.0)]
    assert after(*climbed, (2.9, 0.0)).step == Step.LAGGING
    assert after(*climbed, (3.0, 0.0)).step == Step.FAST
    assert after(*climbed, (3.0, 0.0), (4.9, 0.0)).step == Step.FAST
    assert after(*climbed, (3.0, 0.0), (5.0, 0.0), (7.0, 0.0)).step == Step.NORMAL


def test_a_new_delay_ends_the_calm() -> None:
    assert after((0, 2.0), (1, 0.0), (2.5, 2.0), (3.1, 0.0), (4.0, 0.0)).step == Step.FINALS


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 30)), max_size=50))
def test_it_never_drops_by_more_than_one_step(moves: list[tuple[float, float]]) -> None:
    state, now_s = Overload(), 0.0
    for pause_s, delay_s in moves:
        now_s += pause_s
        following = next_overload(state, delay_s, now_s, RULE)
        assert following.step >= state.step - 1
        state = following
