"""The quietest place is where a person would cut."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.segmenter.pcm_buffer import PcmBuffer
from processors.segmenter.quiet import HOP, REACH, quietest, quietest_places


def buffer_of(samples, start: int = 0) -> PcmBuffer:
    audio = PcmBuffer(start)
    audio.append(np.asarray(samples, np.int16))
    return audio


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(3).integers(-9000, 9000, samples).astype(np.int16)


def test_finds_the_pause() -> None:
    samples = noise(16_000)
    samples[8000:9600] //= 50
    assert 8000 + REACH <= quietest(buffer_of(samples), 2000, 14_000) <= 9600 - REACH


def test_a_constant_offset_is_no_sound() -> None:
    samples = noise(16_000) // 4
    samples[8000:9600] = 7000
    assert quietest(buffer_of(samples), 2000, 14_000) == 8000 + REACH


def test_of_equals_the_earliest_and_all_of_them() -> None:
    audio = buffer_of(np.zeros(16_000))
    assert quietest(audio, 2001, 14_000) == 2080
    assert len(quietest_places(audio, 2080, 14_000)) == (14_000 - 2080) // HOP + 1


def test_no_place_in_a_span_without_one() -> None:
    assert quietest(buffer_of(noise(4000)), 1601, 1759) is None


@settings(deadline=None)
@given(st.integers(0, 5000), st.integers(700, 9000), st.integers(0, 3000))
def test_agrees_with_the_definition(start: int, begin: int, width: int) -> None:
    samples = noise(16_000)
    place = quietest(buffer_of(samples, start), start + begin, start + begin + width)
    candidates = [at for at in range(start + begin, start + begin + width + 1) if at % HOP == 0]
    variances = [np.var(samples[at - start - REACH : at - start + REACH].astype(np.float64)) for at in candidates]
    assert place == (candidates[int(np.argmin(variances))] if candidates else None)
