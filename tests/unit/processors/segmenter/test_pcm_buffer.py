"""A buffer that never mixes up samples and never grows with the stream."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.segmenter.pcm_buffer import FIRST_CAPACITY, PcmBuffer


@settings(deadline=None)
@given(st.integers(0, 10**12), st.lists(st.tuples(st.integers(0, 90_000), st.integers(-5, 120_000)), max_size=12))
def test_holds_what_was_put_in(start: int, steps: list[tuple[int, int]]) -> None:
    audio = PcmBuffer(start)
    for samples, drop in steps:
        audio.append(np.arange(audio.end, audio.end + samples).astype(np.int16))
        before = audio.start
        audio.drop_before(audio.start + drop)
        assert audio.start == min(max(before, before + drop), audio.end)
        assert (audio.between(audio.start, audio.end) == np.arange(audio.start, audio.end).astype(np.int16)).all()


def test_refuses_what_it_does_not_hold() -> None:
    audio = PcmBuffer(10)
    audio.append(np.zeros(5, np.int16))
    for span in ((9, 12), (12, 16), (13, 12)):
        with pytest.raises(IndexError):
            audio.between(*span)


def test_memory_does_not_grow_with_the_stream() -> None:
    audio = PcmBuffer(0)
    for _ in range(2000):
        audio.append(np.zeros(1536, np.int16))
        audio.drop_before(audio.end - 40_000)
    assert len(audio._store) <= 2 * FIRST_CAPACITY
