"""The log-mel frames are the library's, and the same bits whatever the processor, the BLAS kernel or numpy's SIMD."""

import os
import platform
import subprocess
import sys

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.log_mel import COSINE_SCALE, LogMel, _tables, log10
from tests.support.mel_digest import FILTERS, digest, strange_sound

DIGESTS = {
    80: "e4c6b31142166aefa46f2fb52f5655db8c371ff4aa0beda48392b7112d88c21b",
    128: "25e562804290e4c51c00aea47339cf147cf66bfd50a0436515ecf43e7b0f431e",
}
"""Of the frames of `strange_sound`, on every machine tried."""
KERNELS = [{"OPENBLAS_CORETYPE": name} for name in ("Haswell", "SkylakeX", "Zen", "Prescott", "Nehalem")]
LESS_SIMD = [{"NPY_DISABLE_CPU_FEATURES": names} for names in ("X86_V4 AVX512_ICL AVX512_SPR",)]
LEAST_SIMD = {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR", "OPENBLAS_CORETYPE": "Prescott"}


@pytest.mark.parametrize("mels", FILTERS)
def test_the_frames_are_the_same_bits_on_every_machine(mels: int) -> None:
    assert digest(mels) == DIGESTS[mels]


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="these kernels are x86-64's")
@pytest.mark.parametrize("environment", [*KERNELS, *LESS_SIMD, LEAST_SIMD], ids=lambda names: " ".join(names.values()))
def test_the_frames_are_the_same_bits_with_every_kernel(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from tests.support.mel_digest import digest; print(digest(80), digest(128))"],
        env={**os.environ, **environment},  # noqa: TID251
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == [DIGESTS[80], DIGESTS[128]]


@pytest.mark.parametrize("mels", FILTERS)
def test_the_frames_are_the_librarys(mels: int) -> None:
    sound = np.pad(strange_sound(), (0, 480))
    theirs = FeatureExtractor(feature_size=mels)(sound, padding=0)
    ours = LogMel(FILTERS[mels])(sound)
    np.testing.assert_allclose(np.maximum(ours, ours.max() - 2), theirs, atol=2e-4)


@pytest.mark.parametrize("samples", [1, 159, 160, 201, 400, 100_000])
def test_a_hop_of_sound_is_a_frame(samples: int) -> None:
    assert LogMel(FILTERS[80])(np.ones(samples, np.float32)).shape == (80, samples // 160)


def test_no_sum_of_the_spectrum_is_rounded() -> None:
    loudest = 2 * 2**15  # two samples folded
    for table in _tables():
        assert np.array_equal(table, np.rint(table))
        assert loudest * np.abs(table).sum(axis=1).max() <= 2**53


def test_no_entry_of_the_tables_lies_where_a_last_bit_would_turn_it() -> None:
    waves = np.concatenate([np.cos(2 * np.pi * np.arange(400) / 400), np.sin(2 * np.pi * np.arange(400) / 400)])
    scaled = np.abs(waves) * COSINE_SCALE
    assert np.abs(scaled - np.floor(scaled) - 0.5).min() > 1e-4
    for filters in FILTERS.values():
        weights = filters[filters > 0]
        rounded = weights.astype(np.float32)
        off = np.abs(weights - rounded.astype(np.float64)) / np.spacing(rounded).astype(np.float64)
        assert weights.min() > 1e-6
        assert np.abs(off - 0.5).min() > 1e-5


@given(st.floats(1e-10, 1e20))
def test_law_the_logarithm_is_one(value: float) -> None:
    assert log10(np.array([value]))[0] == pytest.approx(np.log10(value), abs=1e-9)


@pytest.mark.parametrize("shape", [(80, 257), (80,)])
def test_filters_of_another_spectrum_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="mel filters of shape"):
        LogMel(np.zeros(shape))
