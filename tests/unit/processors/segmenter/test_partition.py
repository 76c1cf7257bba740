"""The law of resuming: any committed offset leads to the windows of the undisturbed run, bit for bit."""

from collections import Counter
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import SpeechWindow
from tests.support.segmenting import Logged, partition_log, replay


def flat(windows: list[list[SpeechWindow]]) -> "Counter[SpeechWindow]":
    return Counter(chain.from_iterable(windows))


@settings(max_examples=150, deadline=None)
@given(log=partition_log(), part=st.floats(0, 1))
def test_a_restart_from_any_committed_offset_emits_what_was_still_to_come(log: list[Logged], part: float):
    windows, needed = replay(log)
    everything = flat(windows)
    crash = round(part * (len(log) - 1))
    again, needed_again = replay(log, needed[crash])
    assert not flat(windows[crash + 1 :]) - flat(again), "windows were lost"
    assert not flat(again) - everything, "windows were invented"
    assert needed == sorted(needed)
    assert needed_again == sorted(needed_again)
    assert all(offset <= after for after, offset in enumerate(needed, 1))


@settings(max_examples=100, deadline=None)
@given(log=partition_log(), crashes=st.lists(st.floats(0, 1), max_size=4))
def test_crash_upon_crash_gives_the_same_set(log: list[Logged], crashes: list[float]):
    everything = flat(replay(log)[0])
    emitted: Counter[SpeechWindow] = Counter()
    committed = 0
    for part in [*crashes, 1.0]:
        windows, needed = replay(log, committed)
        survived = round(part * len(windows))
        emitted |= flat(windows[:survived])
        committed = needed[survived - 1] if survived else committed
    assert emitted == everything
