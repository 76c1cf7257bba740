from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from demo import negatives, noises, radio, storing
from demo.noises import Sound

SAMPLES = 16_000
MAKERS = [*noises.PLAIN, *(make for make in negatives.KINDS.values() if make is not negatives.KINDS["silence"])]


def tone(frequency_hz: float, seconds: float = 1.0) -> Sound:
    time = np.arange(int(seconds * 16_000)) / 16_000
    return (0.3 * np.sin(2 * np.pi * frequency_hz * time)).astype(np.float32)


def loudness(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound))))


@pytest.mark.parametrize("make", MAKERS)
def test_every_noise_has_the_length_asked_for_and_is_finite(make: Callable[..., Sound]) -> None:
    sound = make(np.random.default_rng(1), SAMPLES)
    assert sound.shape == (SAMPLES,)
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert sound.any()


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_coloured_noise_has_unit_loudness(exponent: float) -> None:
    assert loudness(noises.coloured(np.random.default_rng(2), SAMPLES, exponent)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("spoil", noises.FROM_SPEECH)
def test_spoilt_speech_is_as_long_as_the_speech(spoil: Callable[..., Sound]) -> None:
    assert len(spoil(np.random.default_rng(3), tone(300.0))) == SAMPLES


def test_a_radio_lets_only_the_voice_band_through() -> None:
    assert loudness(radio.band_limited(tone(1_000.0))) == pytest.approx(loudness(tone(1_000.0)), rel=0.01)
    assert loudness(radio.band_limited(tone(6_000.0))) < 0.02 * loudness(tone(6_000.0))


def test_a_transmission_never_clips() -> None:
    speech = np.zeros(SAMPLES, np.float32)
    speech[100] = 1.0
    sent = radio.transmit(speech, noises.coloured(np.random.default_rng(4), SAMPLES, 0.3), 20.0)
    assert np.abs(sent).max() <= 0.951


def test_negatives_last_as_long_as_asked(tmp_path: Path) -> None:
    negatives.build(0.05, noises.coloured(np.random.default_rng(1), SAMPLES, 0.5), tmp_path)
    assert {file.stem for file in tmp_path.iterdir()} == {*negatives.KINDS, *negatives.SPEECH_LIKE}
    assert sum(file.stat().st_size - 44 for file in tmp_path.iterdir()) == pytest.approx(3.0 * 32_000, abs=32)


def test_opus_keeps_time(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(SAMPLES, np.float32), tone(800.0)])
    storing.write_opus(tmp_path / "a.ogg", sound)
    with av.open(str(tmp_path / "a.ogg")) as container:
        resampler = av.AudioResampler("s16", "mono", 16_000)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames]) / 32_768
    first = int(np.flatnonzero(np.abs(heard) > 0.15)[0])
    assert first == pytest.approx(SAMPLES, abs=160)
