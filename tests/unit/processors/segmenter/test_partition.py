"""The law of resuming: any committed offset leads to the windows of the undisturbed run, bit for bit."""

from collections import Counter
from dataclasses import replace
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.segmenter.partition import PartitionStreams
from processors.segmenter.stream import Incident
from schemas.audio import CHUNK_SAMPLES, MICROSECONDS
from schemas.events import AudioFrame, SpeechWindow
from tests.support.segmenting import (
    SMALL,
    STARTED_US,
    TOPIC,
    EchoModel,
    Log,
    Logged,
    frame_of,
    packets,
    partition_log,
    replay,
    sound,
)


def flat(windows: list[list[SpeechWindow]]) -> "Counter[SpeechWindow]":
    return Counter(chain.from_iterable(windows))


MOST_RESTARTS = 16
"""Of one log: each is replayed to its end, so that all of them would take the square of its length."""


@settings(max_examples=40, deadline=None)
@given(log=partition_log(), first=st.integers(0, 1000))
def test_a_restart_from_any_committed_offset_emits_what_was_still_to_come(log: Log, first: int):
    windows, needed = replay(log)
    everything = flat(windows)
    assert needed == sorted(needed)
    assert all(offset <= after for after, offset in enumerate(needed, 1))
    offsets = sorted(set(needed))
    every = 1 + len(offsets) // MOST_RESTARTS
    for committed in offsets[first % every :: every]:
        again, needed_again = replay(log, committed)
        still_to_come = flat(windows[needed.index(committed) + 1 :])
        assert not still_to_come - flat(again), "windows were lost"
        assert not flat(again) - everything, "windows were invented"
        assert needed_again == sorted(needed_again)


@settings(max_examples=40, deadline=None)
@given(log=partition_log(), gone=st.floats(0, 1), first=st.integers(0, 1000))
def test_what_the_log_has_left_gives_windows_and_a_restart_gives_them_again(log: Log, gone: float, first: int):
    """Retention has taken the log's first records before anybody had read them."""
    start = round(gone * (len(log) - 1))
    windows, needed = replay(log, start, start)
    everything = flat(windows)
    offsets = sorted(set(needed))
    every = 1 + len(offsets) // MOST_RESTARTS
    for committed in offsets[first % every :: every]:
        again, needed_again = replay(log, committed, start)
        still_to_come = flat(windows[needed.index(committed) + 1 :])
        assert not still_to_come - flat(again), "windows were lost"
        assert not flat(again) - everything, "windows were invented"
        assert needed_again == sorted(needed_again)


@settings(max_examples=30, deadline=None)
@given(log=partition_log(), crashes=st.lists(st.floats(0, 1), max_size=4))
def test_crash_upon_crash_gives_the_same_set(log: Log, crashes: list[float]):
    everything = flat(replay(log)[0])
    emitted: Counter[SpeechWindow] = Counter()
    committed = 0
    for part in [*crashes, 1.0]:
        windows, needed = replay(log, committed)
        survived = round(part * len(windows))
        emitted |= flat(windows[:survived])
        committed = needed[survived - 1] if survived else committed
    assert emitted == everything


def take_all(frames: list[tuple[str, int, float]]) -> tuple[PartitionStreams, list[tuple[int, int]]]:
    """Takes loud frames of 4,096 samples, each (session, first sample, seconds on its clock); evictions by offset."""
    streams = PartitionStreams(TOPIC, 0, EchoModel(), SMALL)
    evictions = []
    for offset, (session, first, at_s) in enumerate(frames):
        frame = frame_of(sound([(1.0, 8)]), first, session=session)
        taken = streams.take(frame, offset, STARTED_US + round(at_s * MICROSECONDS))
        if taken.evicted:
            evictions.append((offset, len([window for window in taken.windows if window.session_id != session])))
    return streams, evictions


def test_a_stream_that_stopped_is_ended_when_another_has_gone_on_for_a_minute() -> None:
    live = [("live", 4096 * number, 10.0 * number) for number in range(1, 10)]
    streams, evictions = take_all([("live", 0, 0), ("stopped", 0, 3), *live])
    assert evictions == [(8, 1)]
    assert streams.needed_offset(11) > 1


def test_a_clock_that_differs_ends_nobody() -> None:
    frames = [(name, 4096 * number, number + ahead) for number in range(40) for name, ahead in (("a", 0), ("b", 3600))]
    assert take_all(frames)[1] == []


def test_what_is_held_is_counted_in_samples_whatever_the_clocks_say() -> None:
    """Two sessions whose clocks are an hour apart were once 3,600 s of held audio."""
    streams = PartitionStreams(TOPIC, 0, EchoModel(), SMALL)
    hour = 3600 * MICROSECONDS
    for offset in range(20):
        frame = frame_of(sound([(1.0, 8)]), 4096 * (offset // 2), session="ab"[offset % 2])
        shifted = replace(frame, captured_at=frame.captured_at + hour * (offset % 2))
        streams.take(shifted, offset, STARTED_US)
        assert streams.held_samples <= 4096 * (offset // 2 + 1)
    assert streams.held_samples > 0


def test_a_pause_of_all_ends_nobody() -> None:
    frames = [("a", 0, 0), ("b", 0, 0.1), ("a", 4096, 500), ("b", 4096, 500.1), ("a", 8192, 501)]
    assert take_all(frames)[1] == []


def test_in_silence_a_restart_needs_little_more_than_a_block() -> None:
    block = SMALL.grid.block_chunks * CHUNK_SAMPLES
    reach = block + (SMALL.grid.prime_chunks + SMALL.endpoint.silence_chunks + 3) * CHUNK_SAMPLES
    streams = PartitionStreams(TOPIC, 0, EchoModel(), SMALL)
    for offset, frame in enumerate(packets(sound([(1.0, 8), (0.0, 100)]), [1000])[:-1]):
        streams.take(frame, offset, STARTED_US)
        assert 1000 * (offset + 2 - streams.needed_offset(offset + 1)) <= reach + 8 * CHUNK_SAMPLES


def test_no_restart_begins_with_a_repeated_frame() -> None:
    quiet = packets(sound([(0.0, 100)]), [1000])
    loud = frame_of(sound([(1.0, 8)]), 0, session="other")  # holds its own offset from then on
    log = Log(Logged(frame, STARTED_US) for frame in [*quiet[:20], loud, quiet[1], *quiet[20:-1]])
    needed = replay(log)[1]
    assert needed[-1] == 19
    assert not {20, 21} & set(needed)


TALK = sound([(1.0, 8), (0.0, 8)] * 4)


def spoken(frames: list[AudioFrame], begins: int = -1, log_start: int | None = None):
    """The owned spans of the finals that the frames give, and the incidents."""
    streams = PartitionStreams(TOPIC, 0, EchoModel(), SMALL)
    streams.log_start = log_start
    taken = [
        streams.take(frame, offset, frame.captured_at, interims=False, begins=offset == begins)
        for offset, frame in enumerate(frames, log_start or 0)
    ]
    windows = [window for one in taken for window in one.windows]
    return [(window.own_from, window.own_to) for window in windows], [one.incident for one in taken if one.incident]


def test_a_session_that_ended_and_was_resumed_loses_nothing():
    """An end, and then the middle of a stream: no restart, but what a resumed capture sends."""
    ended = packets(TALK, [1536])
    shift = TALK.size + 1
    again = [
        replace(frame, first_sample=frame.first_sample + shift, captured_at=frame.captured_at + 10 * MICROSECONDS)
        for frame in ended
    ]
    whole, _ = spoken(ended)
    resumed, incidents = spoken([*ended, *again], begins=len(ended))
    assert not incidents
    assert resumed[: len(whole)] == whole
    assert resumed[len(whole)][0] == shift
    middles = [shift + (16 * number + 4) * CHUNK_SAMPLES for number in range(4)]
    assert all(any(start <= middle < end for start, end in resumed) for middle in middles)
    assert len(spoken([*ended, *again])[0]) < len(resumed)  # what the word of the producer is for


def test_what_is_left_of_a_stream_gives_windows_and_the_loss_is_told():
    frames = packets(TALK, [1536])
    whole, _ = spoken(frames)
    left, incidents = spoken(frames[7:], log_start=7)
    assert incidents == [Incident.GONE]
    assert left[-1] == whole[-1]
    assert left[0][0] >= 7 * 1536
    assert len(spoken(frames[7:])[0]) < len(left)  # entered in its middle, a stream is silent at first
