import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from review.clipping import cut
from tests.support.segmenting import packets, sound


@given(st.integers(0, 8000), st.integers(1, 8000), st.lists(st.sampled_from([100, 511, 1536]), min_size=1, max_size=3))
def test_a_clip_is_the_samples_of_the_stream_however_they_were_framed(first, length, sizes):
    samples = sound([(1.0, 10), (0.2, 8)])
    clip = np.frombuffer(cut(packets(samples, sizes), first, first + length)[0], "<i2")
    assert np.array_equal(clip, samples[first : first + length])


def test_a_gap_in_a_clip_is_silence_and_nothing_shifts():
    samples = sound([(1.0, 12)])
    frames = packets(samples, [1536])
    clip = np.frombuffer(cut([frames[0], frames[2]], 1000, 4000)[0], "<i2")
    expected = samples[1000:4000].copy()
    expected[536:2072] = 0
    assert np.array_equal(clip, expected)


def test_a_clip_ends_where_the_sound_does():
    samples = sound([(1.0, 3)])
    pcm, first = cut(packets(samples, [1536]), -500, 10_000)
    assert (len(pcm), first) == (2 * len(samples), 0)


def test_of_samples_that_came_twice_those_of_the_window_are_heard():
    own, other = sound([(1.0, 3)], seed=1), sound([(1.0, 3)], seed=2)
    pcm, _ = cut([*packets(own, [1536]), *packets(other, [1536])], 0, 1536)
    assert pcm == own[:1536].tobytes()
