"""The laws of windowing, over any probabilities and any packets."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.segmenter.pcm_buffer import PcmBuffer
from processors.segmenter.probabilities import Probabilities
from processors.segmenter.stream import Identity, Incident, Start, Stream
from processors.segmenter.timeline import Record
from schemas.audio import CHUNK_SAMPLES, MAX_WINDOW_SAMPLES
from schemas.events import AudioFrame, AudioSpan, SpeechWindow
from tests.support.segmenting import SMALL, TOPIC, EchoModel, frame_of, levels_of, packets, sound

SIZES = st.lists(st.integers(60, 4000), min_size=1, max_size=5)
LOUD_START = [(0.0, 3), (1.0, 8)]


def windows_of(frames: list[AudioFrame], first_offset: int = 0) -> list[SpeechWindow]:
    identity = Identity("s", "C01", TOPIC, 0)
    first = Record(frames[0].first_sample, frames[0].captured_at, first_offset)
    stream = Stream(identity, EchoModel(), SMALL, Start(first, not first.from_sample, first))
    return [w for offset, frame in enumerate(frames, first_offset) for w in stream.feed(frame, offset).windows]


def finals_of(samples: NDArray[np.int16], sizes: list[int]) -> list[SpeechWindow]:
    return [window for window in windows_of(packets(samples, sizes)) if window.final]


@dataclass
class Expected:
    """An utterance, found the plain way: looking at all probabilities at once."""

    own_from: int
    speech_to: int
    voiced: list[int]
    goes_on: bool = False
    """It ends at a hinge, where the next one begins."""
    came_from_hinge: bool = False


def utterances_of(samples: NDArray[np.int16]) -> list[Expected]:
    audio = PcmBuffer(0)
    audio.append(samples)
    heard = [p for _, p in Probabilities(EchoModel(), SMALL.grid, audio, whole=True).hear(to_the_end=True)]
    found, chunk = [], 0
    while chunk < len(heard):
        if heard[chunk] < SMALL.endpoint.start:
            chunk += 1
            continue
        first, voiced, pause = chunk, [], None
        while chunk < len(heard) and (pause is None or chunk - pause < SMALL.endpoint.silence_chunks):
            if heard[chunk] >= SMALL.endpoint.start:
                pause = None
            elif heard[chunk] < SMALL.endpoint.stop and pause is None:
                pause = chunk
            if pause is None:
                voiced.append(chunk)
            chunk += 1
        speech_to = len(samples) if pause is None else pause * CHUNK_SAMPLES
        found += divided(heard, first, Expected(max(0, first * CHUNK_SAMPLES - 700), speech_to, voiced))
    return found


def divided(heard: list[float], first: int, whole: Expected) -> list[Expected]:
    parts, hinges = [], SMALL.hinges
    for hinge in range(hinges.every_chunks, len(heard), hinges.every_chunks):
        near = range(max(first, hinge - hinges.within_chunks), hinge - hinges.reach_chunks + 1)
        loud = any(heard[chunk] >= SMALL.endpoint.start for chunk in near)
        if loud and {hinge - 1, hinge} <= set(whole.voiced):
            before = [chunk for chunk in whole.voiced if chunk < hinge]
            after = [chunk for chunk in whole.voiced if chunk >= hinge]
            at = hinge * CHUNK_SAMPLES
            parts.append(replace(whole, speech_to=at, voiced=before, goes_on=True))
            whole = Expected(at, whole.speech_to, after, came_from_hinge=True)
    return [*parts, whole]


@settings(max_examples=60, deadline=None)
@given(levels=levels_of(), seed=st.integers(0, 99), sizes=SIZES)
def test_every_voiced_sample_is_owned_once_and_every_limit_holds(levels, seed, sizes):
    samples = sound(levels, seed)
    options = SMALL.window
    finals = finals_of(samples, sizes)
    owned = np.zeros(len(samples), int)
    for window in finals:
        owned[window.own_from : window.own_to] += 1
    assert owned.max(initial=0) <= 1
    by_utterance: dict[str, list[SpeechWindow]] = {}
    for window in finals:
        by_utterance.setdefault(window.utterance_id, []).append(window)
    for expected in utterances_of(samples):
        windows = by_utterance.pop(f"s/C01/{expected.own_from}", None)
        if windows is None:
            assert len(expected.voiced) < options.min_speech_chunks
            continue
        check_utterance(windows, expected, len(samples))
        assert owned[expected.own_from : windows[-1].own_to].all()
    assert not by_utterance, "windows of no utterance"
    for window in finals:
        pcm = np.frombuffer(window.pcm, "<i2")
        assert (pcm == samples[window.first_sample : window.first_sample + len(pcm)]).all()


def check_utterance(windows: list[SpeechWindow], expected: Expected, samples: int) -> None:
    options = SMALL.window
    own_to = windows[-1].own_to
    assert windows[0].own_from == expected.own_from
    assert all(before.own_to == after.own_from for before, after in pairwise(windows))
    assert [window.utterance_end for window in windows] == [False] * (len(windows) - 1) + [not expected.goes_on]
    latest = expected.speech_to if expected.goes_on else min(expected.speech_to + options.post_roll, samples)
    assert expected.speech_to <= own_to <= latest
    voiced = np.zeros(samples, bool)
    for chunk in expected.voiced:
        voiced[chunk * CHUNK_SAMPLES : (chunk + 1) * CHUNK_SAMPLES] = True
    for window in windows:
        mine = np.flatnonzero(voiced[window.own_from : window.own_to])
        assert window.voiced_samples == len(mine) > 0
        assert window.speech_to == window.own_from + mine[-1] + 1
        check_limits(window, expected, own_to)


def check_limits(window: SpeechWindow, utterance: Expected, own_to: int) -> None:
    options = SMALL.window
    end = window.first_sample + len(window.pcm) // 2
    own = window.own_to - window.own_from
    assert own <= options.max_own
    assert window.own_to == own_to or own >= options.min_own
    assert window.first_sample <= window.own_from
    assert utterance.came_from_hinge or utterance.own_from <= window.first_sample
    assert window.own_to <= end
    assert utterance.goes_on or end <= own_to
    assert window.own_from - window.first_sample <= options.context_far
    assert end - window.own_to <= options.context_far
    assert end - window.first_sample <= MAX_WINDOW_SAMPLES
    if window.own_from != utterance.own_from or utterance.came_from_hinge:
        assert window.own_from - window.first_sample >= options.context_near
    if own_to - window.own_to >= options.context_far:
        assert end - window.own_to >= options.context_near


@settings(max_examples=40, deadline=None)
@given(levels=levels_of(), seed=st.integers(0, 99), one=SIZES, other=SIZES)
def test_packets_make_no_difference(levels, seed, one, other):
    samples = sound(levels, seed)
    windows, others = finals_of(samples, one), finals_of(samples, other)
    assert [_placeless(window) for window in windows] == [_placeless(window) for window in others]
    assert all(abs(w.captured_at - o.captured_at) <= 1 for w, o in zip(windows, others, strict=True))


def _placeless(window: SpeechWindow) -> SpeechWindow:
    return replace(window, audio=AudioSpan("", 0, 0, 0), captured_at=0)


@settings(max_examples=30, deadline=None)
@given(levels=levels_of(), seed=st.integers(0, 99), sizes=SIZES)
def test_a_window_names_the_records_that_hold_it(levels, seed, sizes):
    frames = packets(sound(levels, seed), sizes)
    for window in windows_of(frames, first_offset=100):
        held = frames[window.audio.first_offset - 100 : window.audio.last_offset - 99]
        begin = window.first_sample - held[0].first_sample
        pcm = b"".join(frame.pcm for frame in held)
        assert pcm[2 * begin : 2 * begin + len(window.pcm)] == window.pcm
        assert 0 <= begin < len(held[0].pcm) // 2
        last_from = held[-1].first_sample
        assert last_from < window.first_sample + len(window.pcm) // 2
        assert abs(window.captured_at - held[0].captured_at - begin * 62.5) <= 1


@settings(max_examples=30, deadline=None)
@given(levels=levels_of(), seed=st.integers(0, 99), sizes=SIZES)
def test_interims_grow_towards_the_final_of_the_same_name(levels, seed, sizes):
    windows = windows_of(packets(sound(levels, seed), sizes))
    finals = {window.window_id: window for window in windows if window.final}
    revisions: dict[str, int] = {}
    for window in windows:
        if window.final:
            assert window.revision == 0
            continue
        final = finals[window.window_id]
        assert window.revision == revisions.get(window.window_id, 0) + 1
        revisions[window.window_id] = window.revision
        assert (window.first_sample, window.utterance_id) == (final.first_sample, final.utterance_id)
        assert not window.utterance_end


def fed(frames: list[AudioFrame]) -> tuple[list[SpeechWindow], list[Incident | None]]:
    first = Record(0, frames[0].captured_at, 0)
    stream = Stream(Identity("s", "C01", TOPIC, 0), EchoModel(), SMALL, Start(first, is_whole=True, held=first))
    results = [stream.feed(frame, offset) for offset, frame in enumerate(frames)]
    return [w for result in results for w in result.windows if w.final], [result.incident for result in results]


def test_a_gap_ends_the_utterance_and_speech_goes_on_after_it():
    samples = sound([(0.0, 3), (1.0, 12)])
    windows, incidents = fed([frame_of(samples[:4096], 0), frame_of(samples[6000:], 6000, last=True)])
    assert incidents == [None, Incident.GAP]
    assert [(window.own_from, window.own_to) for window in windows] == [(1536 - 700, 4096), (6000, 7680)]
    assert all(window.utterance_end for window in windows)


def test_late_and_repeated_frames_change_nothing():
    samples = sound(LOUD_START)
    frames = packets(samples, [1000])
    windows, incidents = fed([*frames[:3], frames[1], frames[0], *frames[3:]])
    assert incidents.count(Incident.LATE) == 2
    assert [(w.own_from, w.own_to, w.pcm) for w in windows] == [(w.own_from, w.own_to, w.pcm) for w in fed(frames)[0]]


def test_of_an_overlapping_frame_only_the_new_end_counts():
    samples = sound(LOUD_START)
    lie = samples.copy()
    lie[1500:2000] = 0
    frames = [frame_of(samples[:2000], 0), frame_of(lie[1500:], 1500, last=True)]
    windows, incidents = fed(frames)
    assert incidents == [None, Incident.OVERLAP]
    assert [w.pcm for w in windows] == [w.pcm for w in fed(packets(samples, [999]))[0]]


def test_a_producer_that_starts_anew_ends_the_utterance():
    samples = sound(LOUD_START)
    before = frame_of(samples, 0)
    after = replace(frame_of(samples, 0, last=True), captured_at=before.captured_at + 5_000_000)
    windows, incidents = fed([before, after])
    assert incidents == [None, Incident.RESTART]
    assert [window.captured_at - before.captured_at for window in windows] == [52_250, 5_052_250]


def test_a_stream_entered_in_its_middle_is_silent_until_it_is_sure():
    whole, later = whole_and_entered_at_5([(1.0, 20), (0.0, 8), (1.0, 8), (0.0, 8)])
    assert len(whole) > 2
    assert later == whole[-1:]


def test_a_stream_entered_in_the_middle_of_endless_speech_takes_up_from_a_hinge():
    whole, later = whole_and_entered_at_5([(1.0, 60)])
    hinge = SMALL.hinges.every_chunks * CHUNK_SAMPLES
    assert later == [window for window in whole if window.own_from >= hinge]
    assert len({window.utterance_id for window in later}) == 2


def whole_and_entered_at_5(levels: list[tuple[float, int]]) -> tuple[list[SpeechWindow], list[SpeechWindow]]:
    frames = packets(sound(levels), [512])
    whole, later = windows_of(frames), windows_of(frames[5:], first_offset=5)
    return [window for window in whole if window.final], [window for window in later if window.final]
