"""Resampling: no block size changes a sample, no sample type is misread, faults are counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.resampling import Resampler, to_float

RATES = (8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000)


def tone(rate_hz: int, seconds: float = 0.5, frequency_hz: float = 440, peak: float = 0.5) -> np.ndarray:
    return peak * np.sin(2 * np.pi * frequency_hz * np.arange(round(rate_hz * seconds)) / rate_hz)


def run(samples: np.ndarray, rate_hz: int, sizes: list[int]) -> tuple[np.ndarray, Resampler]:
    resampler = Resampler(rate_hz)
    out, at = [], 0
    for size in [*sizes, samples.size]:
        out.append(resampler.push(samples[at : at + size]))
        at += size
    return np.concatenate([*out, resampler.flush()]), resampler


@settings(max_examples=60, deadline=None)
@given(
    rate_hz=st.sampled_from(RATES),
    kind=st.sampled_from(["int16", "int32", "uint8", "float32", "float64"]),
    sizes=st.lists(st.integers(0, 5000), max_size=30),
    seed=st.integers(0, 2**32 - 1),
)
def test_block_sizes_change_no_sample_and_no_count(rate_hz, kind, sizes, seed):
    noise = np.random.default_rng(seed).uniform(-1.2, 1.2, 9000)
    if kind.startswith("float"):
        samples = noise.astype(kind)
    else:
        limits = np.iinfo(kind)
        samples = np.clip((noise + (kind == "uint8")) * limits.max / (1 + (kind == "uint8")), limits.min, limits.max)
        samples = samples.astype(kind)
    whole, one = run(samples, rate_hz, [])
    parts, many = run(samples, rate_hz, sizes)
    assert np.array_equal(whole, parts)
    assert one.faults == many.faults
    assert abs(whole.size - samples.size * 16_000 / rate_hz) <= 1


@pytest.mark.parametrize("rate_hz", RATES)
def test_tone_keeps_its_pitch_level_and_place(rate_hz):
    out, _ = run(tone(rate_hz).astype(np.float32), rate_hz, [1000, 77])
    expected = (tone(16_000) * 32_768)[: out.size]
    assert abs(out.size - 8000) <= 1
    error = out[500:-500] - expected[500:-500]
    assert np.sqrt(np.mean(error**2)) < 4  # of 32,768: below −78 dB


def test_sixteen_bit_samples_at_the_right_rate_pass_untouched():
    samples = np.arange(-32_768, 32_768, dtype=np.int16)
    assert np.array_equal(run(samples, 16_000, [7, 500])[0], samples)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([0, 128, 255], np.uint8), [-1, 0, 127 / 128]),
        (np.array([-128, 0, 64], np.int8), [-1, 0, 0.5]),
        (np.array([-32_768, 0, 16_384], np.int16), [-1, 0, 0.5]),
        (np.array([-(2**31), 0, 2**30], np.int32), [-1, 0, 0.5]),
        (np.array([-1, 0, 0.5], np.float32), [-1, 0, 0.5]),
        (np.array([-1, 0, 0.5], np.float64), [-1, 0, 0.5]),
        (np.array([-1, 0, 0.5], np.float16), [-1, 0, 0.5]),
    ],
)
def test_every_sample_type_means_its_full_range(samples, expected):
    assert to_float(samples).tolist() == expected


def test_twenty_four_bits_round_to_the_nearest_sixteen():
    samples = np.array([0x7FFF00, 0x123456, -0x123456], np.int32) << 8  # 24-bit samples as FFmpeg hands them out
    assert run(samples, 16_000, [])[0].tolist() == [32_767, 0x1234, -0x1234]


def test_broken_numbers_become_silence_and_are_counted():
    samples = np.array([0.25, np.nan, np.inf, -np.inf, 1e300, 0.25])
    out, resampler = run(samples, 16_000, [])
    assert out.tolist() == [8192, 0, 0, 0, 0, 8192]
    assert resampler.faults.not_finite == 4


def test_nan_does_not_spread_through_the_filter():
    samples = tone(48_000).astype(np.float32)
    samples[5000] = np.nan
    out, resampler = run(samples, 48_000, [])
    assert resampler.faults.not_finite == 1
    clean, _ = run(tone(48_000).astype(np.float32), 48_000, [])
    touched = np.flatnonzero(np.abs(out.astype(int) - clean.astype(int)) > 1)
    assert touched.size < 400  # the filter's own length, and not the rest of the stream


def test_clipping_is_counted():
    loud = np.array([0.5, 1.0, 1.5, 40_000, -1.0, -2.0], np.float32)
    out, resampler = run(loud, 16_000, [2])
    assert out.tolist() == [16_384, 32_767, 32_767, 32_767, -32_768, -32_768]
    assert resampler.faults.clipped == 5
    assert run(np.array([0, 32_767, -32_768], np.int16), 16_000, [])[1].faults.clipped == 2


def test_after_a_flush_the_filter_starts_afresh():
    samples = tone(44_100).astype(np.float32)
    resampler = Resampler(44_100)
    first = np.concatenate([resampler.push(samples), resampler.flush()])
    second = np.concatenate([resampler.push(samples), resampler.flush()])
    assert np.array_equal(first, second)


@pytest.mark.parametrize("rate_hz", [0, -16_000, 999, 10**7])
def test_impossible_rates_are_refused(rate_hz):
    with pytest.raises(ValueError, match="no sample rate of sound"):
        Resampler(rate_hz)


@pytest.mark.parametrize("samples", [np.zeros((10, 2), np.int16), np.zeros(4, complex), np.array(["a"])])
def test_what_is_no_sound_is_refused(samples):
    with pytest.raises(ValueError, match=r"one channel is a flat array|are no sound"):
        Resampler(16_000).push(samples)
