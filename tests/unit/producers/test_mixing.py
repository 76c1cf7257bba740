"""A mix whose channels cancel each other out is told from one that is only quiet, or of many voices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.mapping import MIXED, Pick
from producers.mixing import Mixer
from producers.reel import Reel
from tests.support.shared_audio import shared_audio
from tests.support.sound import pcm_noise, tone, write_wav

RATE_HZ = 16_000


def cancels(samples: np.ndarray, step: int = 1_000) -> bool:
    mixer = Mixer(RATE_HZ)
    for first in range(0, samples.shape[1], step):
        part = samples[:, first : first + step]
        assert np.array_equal(mixer.push(part), (part / 32_768).astype(np.float32).mean(axis=0, dtype=np.float32))
    mixer.finish()
    return mixer.cancels


@pytest.mark.parametrize("seconds", [0.2, 3.0])
@pytest.mark.parametrize("gain", [1.0, 0.9, 1.2])
def test_an_inverted_channel_cancels(gain, seconds):
    voice = pcm_noise(round(seconds * RATE_HZ)) * 0.5
    assert cancels(np.stack([voice, -gain * voice]).astype(np.int16))


@given(channels=st.integers(1, 16), seed=st.integers(0, 100), level=st.sampled_from([0.001, 0.1, 1.0]))
def test_channels_that_have_nothing_to_do_with_each_other_do_not(channels, seed, level):
    samples = np.stack([pcm_noise(RATE_HZ * 2, seed * 16 + number) for number in range(channels)])
    assert not cancels((samples * level).astype(np.int16), RATE_HZ // 3)


def test_one_channel_with_sound_and_silence_do_not():
    voice = pcm_noise(RATE_HZ * 2)
    assert not cancels(np.stack([voice, *[np.zeros_like(voice)] * 15]))
    assert not cancels(np.zeros((2, RATE_HZ * 2), np.int16))
    assert not cancels(np.stack([voice, voice]))


def test_a_part_of_a_recording_that_cancels_is_enough():
    voice = pcm_noise(RATE_HZ * 10)
    other = voice.copy()
    other[5 * RATE_HZ : 8 * RATE_HZ] *= -1
    assert cancels(np.stack([voice, other]))


def line_of(reel: Reel) -> list[str]:
    lines = []
    for second in range(1, 20):
        for piece in reel.read_until(second):
            list(reel.channels_of(piece))
        lines.append(reel.cancelled_mix())
    return [line for line in lines if line]


def test_a_reel_says_once_what_to_do(tmp_path):
    voice = (tone(3.0) * 20_000).astype(np.int16)
    path = write_wav(tmp_path / "a.wav", np.stack([voice, -voice]))
    (line,) = line_of(Reel(path, (Pick(MIXED, "C05"),)))
    assert line.startswith(f"{path}: its channels cancel each other out")
    assert "--map 1:C05" in line
    assert not line_of(Reel(path, (Pick(1, "C05"), Pick(2, "C06"))))


def test_a_recording_with_an_inverted_channel():
    assert line_of(Reel(shared_audio("faults/stereo_phase_inverted.flac"), (Pick(MIXED, "C01"),)))
