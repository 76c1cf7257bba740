"""Framing: however sound is cut into packets, the frames are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.framing import Framer
from schemas.audio import FRAME_BYTES, FRAME_SAMPLES
from schemas.events import AudioFrame

ANCHOR_US = 1_700_000_000_000_000
PCM = bytes(range(256)) * 60  # 7,680 samples: five frames exactly


def frames_of(packets: list[bytes], next_sample: int = 0) -> list[AudioFrame]:
    framer = Framer("s", "C01", ANCHOR_US, next_sample)
    frames = [frame for packet in packets for frame in framer.push(packet)]
    return [*frames, framer.close()]


def cut(pcm: bytes, sizes: list[int]) -> list[bytes]:
    packets, at = [], 0
    for size in sizes:
        packets.append(pcm[at : at + 2 * size])
        at += 2 * size
    return [*packets, pcm[at:]]


@given(samples=st.integers(0, len(PCM) // 2), sizes=st.lists(st.integers(0, 4000), max_size=40))
def test_any_packets_give_the_same_frames(samples, sizes):
    pcm = PCM[: 2 * samples]
    assert frames_of(cut(pcm, sizes)) == frames_of([pcm])


@given(samples=st.integers(0, len(PCM) // 2), first=st.integers(0, 10**12))
def test_frames_hold_every_sample_once_and_are_numbered_without_holes(samples, first):
    frames = frames_of([PCM[: 2 * samples]], first)
    assert b"".join(frame.pcm for frame in frames) == PCM[: 2 * samples]
    expected = first
    for frame in frames:
        assert frame.first_sample == expected
        expected += len(frame.pcm) // 2
    assert all(len(frame.pcm) == FRAME_BYTES for frame in frames[:-1])
    assert len(frames[-1].pcm) < FRAME_BYTES
    assert [frame.last for frame in frames] == [False] * (len(frames) - 1) + [True]


def test_every_frame_knows_its_stream_and_its_time():
    first, second, last = frames_of([PCM[: 2 * FRAME_BYTES + 20]])
    assert (first.session_id, first.channel_id, first.sample_rate) == ("s", "C01", 16_000)
    assert [first.captured_at, second.captured_at] == [ANCHOR_US, ANCHOR_US + 96_000]
    assert (last.first_sample, len(last.pcm), last.last) == (2 * FRAME_SAMPLES, 20, True)


def test_time_is_counted_in_samples_and_never_summed_up():
    framer = Framer("s", "C01", ANCHOR_US)
    frames = [frame for _ in range(1000) for frame in framer.push(bytes(2 * 1537))]
    assert all(frame.captured_at == ANCHOR_US + frame.first_sample * 1_000_000 // 16_000 for frame in frames)


def test_gap_leaves_sample_numbers_out():
    framer = Framer("s", "C01", ANCHOR_US)
    assert framer.push(bytes(200)) == []
    (before,) = framer.skip(1000)
    assert (before.first_sample, len(before.pcm), before.last) == (0, 200, False)
    (after,) = framer.push(bytes(FRAME_BYTES))
    assert after.first_sample == 1100
    assert after.captured_at == ANCHOR_US + 1100 * 1_000_000 // 16_000
    assert framer.close().first_sample == 1100 + FRAME_SAMPLES


def test_gap_may_bring_the_true_time():
    framer = Framer("s", "C01", ANCHOR_US, 500)
    assert framer.skip(16_000, captured_at_us=ANCHOR_US + 1_000_700) == []
    assert framer.push(bytes(FRAME_BYTES))[0].captured_at == ANCHOR_US + 1_000_700


def test_end_right_after_a_gap_is_an_empty_frame():
    framer = Framer("s", "C01", ANCHOR_US)
    framer.skip(5)
    last = framer.close()
    assert (last.first_sample, last.pcm, last.last) == (5, b"", True)


def test_half_a_sample_and_a_gap_backwards_are_refused():
    framer = Framer("s", "C01", ANCHOR_US)
    with pytest.raises(ValueError, match="3 bytes"):
        framer.push(b"abc")
    with pytest.raises(ValueError, match="go back"):
        framer.skip(-1)


@given(samples=st.integers(1, 100_000))
def test_a_stream_that_begins_with_a_gap_shows_its_sample_0(samples):
    framer = Framer("s", "C01", ANCHOR_US)
    frames = [*framer.skip(samples), *framer.push(PCM), framer.close()]
    silence, first = frames[0], frames[1]
    assert (silence.first_sample, silence.captured_at) == (0, ANCHOR_US)
    assert silence.pcm == bytes(2 * min(samples, FRAME_SAMPLES))
    assert (first.first_sample, first.pcm) == (samples, PCM[:FRAME_BYTES])
    assert abs(first.captured_at - ANCHOR_US - samples * 62.5) < 1


def test_a_resumed_stream_that_goes_on_with_a_gap_adds_no_silence():
    framer = Framer("s", "C01", ANCHOR_US, 16_000)
    assert framer.skip(500) == []
    assert framer.next_sample == 16_500
