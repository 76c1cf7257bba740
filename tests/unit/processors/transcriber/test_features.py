import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from processors.transcriber.features import Samples, mel_frames, samples_of, sounding_span_s
from processors.transcriber.log_mel import FFT_SAMPLES, LogMel

LOG_MEL = LogMel(FeatureExtractor.get_mel_filters(16_000, FFT_SAMPLES, n_mels=80))


def noise(samples: int) -> Samples:
    """White noise of 16-bit samples, 20 dB below full scale."""
    pcm = np.random.default_rng(samples).standard_normal(samples) * 3_277
    return samples_of(pcm.clip(-32_768, 32_767).astype("<i2").tobytes())


def test_pcm_becomes_floats() -> None:
    pcm = np.array([0, 16_384, -32_768, 32_767], dtype="<i2").tobytes()

    assert samples_of(pcm).tolist() == [0.0, 0.5, -1.0, 32_767 / 32_768]


@pytest.mark.parametrize("samples", [160, 4000, 32_123, 47_999, 48_000])
def test_the_frames_are_those_of_the_padded_sound(samples: int) -> None:
    sound = noise(samples)
    mel = mel_frames(sound, 500, LOG_MEL)
    assert mel.dtype == np.float32
    assert mel.shape == (80, 500)
    assert np.array_equal(mel, mel_frames(np.pad(sound, (0, 80_000 - samples)), 500, LOG_MEL))


def test_the_frames_are_those_of_the_library_that_the_models_were_tried_with() -> None:
    sound = noise(32_123)
    expected = FeatureExtractor()(np.pad(sound, (0, 80_000 - len(sound))))[:, :500]
    np.testing.assert_allclose(mel_frames(sound, 500, LOG_MEL), expected, atol=2e-4)


def test_digital_silence_has_frames_too() -> None:
    assert np.all(mel_frames(np.zeros(16_000, np.float32), 250, LOG_MEL) == -1.5)


def test_sound_longer_than_the_context_is_cut() -> None:
    assert mel_frames(noise(48_000), 200, LOG_MEL).shape == (80, 200)


def test_the_sounding_span_leaves_out_the_quiet_before_and_after() -> None:
    random = np.random.default_rng(0)
    sound = (random.standard_normal(48_000) * 0.002).astype(np.float32)
    sound[8_000:32_000] += np.sin(np.arange(24_000) / 10).astype(np.float32) * 0.3

    assert sounding_span_s(sound) == (0.5, 2.0)


@pytest.mark.parametrize("samples", [100, 16_000])
def test_where_all_is_equally_loud_all_of_it_sounds(samples: int) -> None:
    assert sounding_span_s(np.full(samples, 0.1, np.float32)) == (0.0, samples / 16_000)
    assert sounding_span_s(np.zeros(samples, np.float32)) == (0.0, samples / 16_000)
