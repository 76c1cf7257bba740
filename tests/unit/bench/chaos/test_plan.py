from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bench.chaos.plan import JOINING, PRODUCER, TARGETS, Kind, PlanOptions, plan_of

options = st.builds(
    PlanOptions, kills=st.integers(1, 60), until_s=st.floats(3, 300), longest_s=st.floats(0.5, 60).map(float)
)


@given(st.integers(0, 2**32), options)
def test_a_seed_says_everything(seed, options):
    assert plan_of(seed, options) == plan_of(seed, options)


@given(st.integers(0, 2**32), options)
def test_kills_are_as_many_as_asked_for_and_spread_evenly(seed, options):
    killed = Counter(blow.target for blow in plan_of(seed, options) if blow.kind is Kind.KILL)
    assert killed.total() == options.kills
    counts = [killed[target] for target in TARGETS]
    assert max(counts) - min(counts) <= 1


@given(st.integers(0, 2**32), options)
def test_every_kind_happens_in_order_and_within_its_bounds(seed, options):
    plan = plan_of(seed, options)
    assert {blow.kind for blow in plan} == set(Kind) - {Kind.LEAVE}
    assert {blow.target for blow in plan if blow.kind is Kind.JOIN} == set(JOINING)
    assert [blow.at_s for blow in plan] == sorted(blow.at_s for blow in plan)
    for blow in plan:
        assert 0 <= blow.at_s <= options.until_s + 0.01
        assert 0 <= blow.pick <= 1
        if blow.kind in (Kind.FREEZE, Kind.AWAY):
            assert 0 < blow.for_s <= options.longest_s + 0.01


@given(st.integers(0, 2**32), options)
def test_the_producer_is_never_told_to_end_its_streams(seed, options):
    for blow in plan_of(seed, options):
        if blow.target == PRODUCER:
            assert blow.kind in (Kind.KILL, Kind.FREEZE)
            assert blow.at_s <= max(1.0, options.until_s * 2 / 3) + 0.01


def test_other_seeds_give_other_plans():
    plans = {tuple(plan_of(seed, PlanOptions(10, 60))) for seed in range(20)}
    assert len(plans) == 20
