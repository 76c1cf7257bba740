"""Reels: however a file is read in steps, its samples are the same; loops, limits and picks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.mapping import MIXED, ONLY, Pick
from producers.reel import Reel
from runtime.errors import ConfigError
from tests.support.sound import pcm_noise, write_wav

C01 = (Pick(ONLY, "C01"),)


@pytest.fixture(scope="module")
def wav(tmp_path_factory) -> Path:
    return write_wav(tmp_path_factory.mktemp("reel") / "a.wav", pcm_noise(20_001), 8_000)


def read(reel: Reel, steps_s: list[float]) -> np.ndarray:
    out, at_s = [np.zeros(0, np.int16)], 0.0
    for step_s in steps_s:
        at_s += step_s
        before = sum(part.size for part in out)
        out += [samples for piece in reel.read_until(at_s) for _, samples in reel.channels_of(piece)]
        assert sum(part.size for part in out) <= round(at_s * reel.rate_hz)
        assert reel.has_ended or sum(part.size for part in out) == round(at_s * reel.rate_hz) >= before
    while not reel.has_ended:
        at_s += 10
        out += [samples for piece in reel.read_until(at_s) for _, samples in reel.channels_of(piece)]
    return np.concatenate(out)


@settings(max_examples=25, deadline=None)
@given(steps_s=st.lists(st.floats(0, 1), max_size=20), loops=st.integers(1, 3))
def test_steps_change_no_sample(wav, steps_s, loops):
    assert np.array_equal(read(Reel(wav, C01, loops), steps_s), np.tile(pcm_noise(20_001), loops))


def test_seconds_limit_the_whole_over_loops(wav):
    reel = Reel(wav, C01, loops=4, seconds=3.0)
    assert np.array_equal(read(reel, []), np.tile(pcm_noise(20_001), 4)[:24_000])


def test_picks_take_channels_by_number_or_mix_all(tmp_path):
    samples = np.stack([pcm_noise(4_000, seed) for seed in range(7)])
    path = write_wav(tmp_path / "seven.wav", samples)
    reel = Reel(path, (Pick(7, "C01"), Pick(2, "C05"), Pick(MIXED, "C06")))
    got: dict[str, list[np.ndarray]] = {"C01": [], "C05": [], "C06": []}
    for piece in reel.read_until(10):
        for channel, part in reel.channels_of(piece):
            got[channel].append(part)
    assert np.array_equal(np.concatenate(got["C01"]), samples[6])
    assert np.array_equal(np.concatenate(got["C05"]), samples[1])
    assert np.allclose(np.concatenate(got["C06"]), samples.mean(axis=0) / 32_768, atol=1e-6)


def test_file_with_several_channels_asks_for_a_map(tmp_path):
    path = write_wav(tmp_path / "stereo.wav", np.stack([pcm_noise(100), pcm_noise(100)]))
    with pytest.raises(
        ConfigError, match=r"has 2 channels\. Say which with --map 1:C01,2:C02, or mix them with --map mix:C01"
    ):
        Reel(path, C01)
    with pytest.raises(ConfigError, match="has 2 channels, and the map asks for number 3"):
        Reel(path, (Pick(3, "C01"),))
    assert not Reel(path, (Pick(1, "C01"),)).has_ended
