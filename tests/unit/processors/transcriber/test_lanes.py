from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.batching import BatchLimits
from processors.transcriber.lanes import LaneLimits, Lanes, Now
from tests.support.speech_windows import Span, interim, task, window

LIMITS = LaneLimits(BatchLimits(4, 0.02), interim_windows=2, interim_max_age_s=2.0)
SECOND_US = 1_000_000


def lanes() -> Lanes:
    return Lanes(LIMITS)


def test_finals_go_before_interims_that_came_earlier() -> None:
    both = lanes()
    both.offer_interim(task(interim(0, 1, channel_id="C02"), arrived_s=0.0))
    both.offer_final(task(window(), ticket=0, arrived_s=1.0))

    assert [item.window.final for item in both.take()] == [True]
    assert [item.window.final for item in both.take()] == [False]
    assert both.take() == []


@given(st.lists(st.tuples(st.sampled_from("fi"), st.integers(1, 4), st.integers(0, 5)), max_size=30))
def test_finals_are_never_lost_and_interims_never_precede_them(offers: list[tuple[str, int, int]]) -> None:
    both = lanes()
    finals = []
    for place, (kind, channel, second) in enumerate(offers):
        channel_id = f"C{channel:02d}"
        if kind == "f":
            span = Span(second * 16_000, second * 16_000, (second + 1) * 16_000, (second + 1) * 16_000)
            finals.append(place)
            both.offer_final(task(window(span, channel_id=channel_id), ticket=place, arrived_s=place))
        else:
            both.offer_interim(task(interim(second * 16_000, place, channel_id=channel_id), arrived_s=place))

    taken = []
    while batch := both.take():
        taken.append(batch)

    kinds = [batch[0].window.final for batch in taken]
    assert all(len({item.window.final for item in batch}) == 1 for batch in taken)
    assert kinds == sorted(kinds, reverse=True)
    assert sorted(item.ticket for batch in taken for item in batch if item.window.final) == finals
    interims = [item.stream for batch in taken for item in batch if not item.window.final]
    assert len(interims) == len(set(interims))


def test_the_newest_interim_of_a_stream_wins_in_whatever_order_they_come() -> None:
    both = lanes()
    assert both.offer_interim(task(interim(0, 1))) == 0
    assert both.offer_interim(task(interim(0, 3))) == 1
    assert both.offer_interim(task(interim(0, 2))) == 1

    assert [item.window.revision for item in both.take()] == [3]


def test_a_final_makes_the_interims_of_its_span_superfluous() -> None:
    both = lanes()
    both.offer_interim(task(interim(0, 1)))
    assert both.offer_final(task(window(), ticket=0)) == 1
    assert both.offer_interim(task(interim(0, 2))) == 1
    assert both.offer_interim(task(interim(16_000, 1))) == 0

    assert both.finals == 1
    assert both.interims == 1


def test_an_interim_of_another_channel_outlives_a_final() -> None:
    both = lanes()
    both.offer_interim(task(interim(0, 1, channel_id="C02")))

    assert both.offer_final(task(window(), ticket=0)) == 0
    assert both.interims == 1


def test_stale_interims_are_skipped() -> None:
    both = lanes()
    both.offer_interim(task(interim(0, 1, channel_id="C01"), windowed_at=SECOND_US))
    both.offer_interim(task(interim(0, 1, channel_id="C02"), windowed_at=3 * SECOND_US))

    assert both.skip_stale(Now(0.0, 4 * SECOND_US)) == 1
    assert [item.window.channel_id for item in both.take()] == ["C02"]


def test_interim_batches_are_small() -> None:
    both = lanes()
    for channel in range(5):
        both.offer_interim(task(interim(0, 1, channel_id=f"C{channel}"), arrived_s=float(channel)))

    assert [item.window.channel_id for item in both.take()] == ["C0", "C1"]


def test_withdrawn_finals_are_gone() -> None:
    both = lanes()
    both.offer_final(task(window(), ticket=0))
    both.offer_final(task(window(), ticket=1))
    both.withdraw([0, 7])

    assert [item.ticket for item in both.take()] == [1]


def test_nothing_is_due_while_nothing_waits() -> None:
    both = lanes()
    assert both.wait_s(Now(0.0, 0), idle_since_s=0.0) is None
    both.offer_interim(task(interim(0, 1)))
    assert both.wait_s(Now(0.0, 0), idle_since_s=0.0) == 0


def test_the_memory_of_ended_streams_is_bounded() -> None:
    both = lanes()
    for number in range(1100):
        both.offer_final(task(window(session_id=f"s{number}"), ticket=number))
        both.take()

    assert both.offer_interim(task(interim(0, 1, session_id="s1099"))) == 1
    assert both.offer_interim(task(interim(0, 1, session_id="s0"))) == 0


def test_a_model_that_takes_long_gets_fewer_finals_at_once() -> None:
    both = lanes()
    for ticket in range(4):
        both.offer_final(task(window(channel_id=f"C{ticket}"), ticket=ticket))

    assert len(both.take(2.0)) == 2
    assert len(both.take()) == 2
