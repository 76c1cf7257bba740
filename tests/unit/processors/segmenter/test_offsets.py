"""The offset that may be committed."""

from processors.segmenter.offsets import HeldOffset


def test_the_least_of_what_the_streams_need() -> None:
    held = HeldOffset()
    assert held.update([7, 5, 9], 20) == 5
    assert held.update([], 21) == 21


def test_no_restart_begins_with_a_frame_that_brings_nothing_new() -> None:
    held = HeldOffset()
    held.bar(6, 9)
    assert held.update([6], 10) == 6
    assert held.update([7], 11) == 6
    assert held.update([9], 12) == 6
    assert held.update([10], 13) == 10


def test_one_barred_span_may_lead_into_another() -> None:
    held = HeldOffset()
    held.bar(3, 7)
    held.bar(6, 9)
    assert held.update([8], 10) == 3
    held = HeldOffset()
    held.bar(6, 9)
    held.bar(3, 7)
    assert held.update([8], 10) == 3


def test_repeats_upon_repeats_stay_one_span() -> None:
    held = HeldOffset()
    for offset in range(7, 1000):
        held.bar(6, offset)
    assert held.update([500], 1000) == 6
    assert len(held._barred) == 1
    assert held.update([], 1000) == 1000
    assert not held._barred
