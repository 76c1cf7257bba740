"""Sounds that are no speech: noise for the background, and whole examples with nothing said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
RATE_HZ = 16_000
_BABBLERS = 8


class NoiseBank:
    """Minutes of ready-made noise, cut at random places."""

    def __init__(self, rng: np.random.Generator, seconds: int = 120) -> None:
        self._rng = rng
        count = seconds * RATE_HZ
        static = coloured(rng, count, 0.0)
        swell = np.repeat(np.abs(rng.standard_normal(count // 3_200 + 1)), 3_200)[:count]
        self._noises = [
            static,
            coloured(rng, count, 0.5),
            coloured(rng, count, 1.0),
            *(hum(rng, count, base_hz) for base_hz in (50.0, 60.0, 120.0)),
            _levelled(static * swell.astype(np.float32)),
        ]
        self._shares = np.array([0.26, 0.24, 0.14, 0.06, 0.06, 0.06, 0.18])

    def cut(self, samples: int) -> Sound:
        """`samples` of a random noise at RMS 1."""
        noise = self._noises[self._rng.choice(len(self._noises), p=self._shares)]
        start = int(self._rng.integers(0, len(noise) - samples))
        return noise[start : start + samples]


def coloured(rng: np.random.Generator, samples: int, exponent: float) -> Sound:
    """Noise whose amplitude falls as 1/f^exponent: 0 white, 0.5 pink, 1 brown. RMS 1."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum /= np.maximum(np.fft.rfftfreq(samples, 1 / RATE_HZ), 40.0) ** exponent
    return _levelled(np.fft.irfft(spectrum, samples))


def hum(rng: np.random.Generator, samples: int, base_hz: float) -> Sound:
    """Mains hum with harmonics and a little hiss. RMS 1."""
    time = _time(samples)
    parts = [np.sin(2 * np.pi * base_hz * n * time + rng.uniform(0, 6)) * rng.uniform(0.2, 1) / n for n in range(1, 9)]
    return _levelled(np.sum(parts, axis=0) + 0.05 * rng.standard_normal(samples))


def tones(rng: np.random.Generator, samples: int) -> Sound:
    """One to three steady or beeping tones. RMS 1."""
    time = _time(samples)
    sound = np.zeros(samples)
    for _ in range(int(rng.integers(1, 4))):
        sound += np.sin(2 * np.pi * rng.uniform(100, 3_600) * time) * 10 ** rng.uniform(-1, 0)
    if rng.random() < 0.6:
        sound *= (time / rng.uniform(0.1, 1.5)) % 1 < rng.uniform(0.1, 0.9)
    return _levelled(sound)


def music(rng: np.random.Generator, samples: int) -> Sound:
    """Chords of plucked or held harmonic notes, one after the other. RMS 1."""
    sound = np.zeros(samples)
    step = int(rng.uniform(0.12, 0.9) * RATE_HZ)
    scale = 110.0 * 2 ** (rng.integers(0, 24) / 12)
    held = rng.random() < 0.4
    for start in range(0, samples, step):
        length = min(step, samples - start)
        time = _time(length)
        envelope = np.ones(length) if held else np.exp(-time * rng.uniform(2, 9))
        for _ in range(int(rng.integers(1, 5))):
            note_hz = scale * 2 ** (int(rng.choice((0, 2, 4, 5, 7, 9, 11, 12, 16, 19))) / 12)
            for harmonic in range(1, 6):
                sound[start : start + length] += (
                    envelope * np.sin(2 * np.pi * note_hz * harmonic * time) / harmonic**1.5
                )
    return _levelled(sound)


def sweep(rng: np.random.Generator, samples: int) -> Sound:
    """A tone that rises or falls over and over. RMS 1."""
    period_s = rng.uniform(0.3, 8)
    low_hz, high_hz = sorted(rng.uniform(100, 3_800, 2))
    phase = (_time(samples) / period_s) % 1
    if rng.random() < 0.5:
        phase = 1 - phase
    return _glide(low_hz + (high_hz - low_hz) * phase, 1, rng)


def siren(rng: np.random.Generator, samples: int) -> Sound:
    """A wailing or two-tone siren with harmonics. RMS 1."""
    time, period_s = _time(samples), rng.uniform(0.25, 5)
    wave = np.sin(2 * np.pi * time / period_s)
    if rng.random() < 0.4:
        wave = np.sign(wave)
    middle_hz, width_hz = rng.uniform(500, 1_100), rng.uniform(80, 400)
    return _glide(middle_hz + width_hz * wave, int(rng.integers(1, 6)), rng)


def dialling(rng: np.random.Generator, samples: int) -> Sound:
    """Push-button tones with pauses. RMS 1."""
    sound = np.zeros(samples)
    step = int(rng.uniform(0.12, 0.4) * RATE_HZ)
    time = _time(int(step * rng.uniform(0.4, 0.9)))
    for start in range(0, samples - step, step):
        low_hz = rng.choice((697, 770, 852, 941))
        high_hz = rng.choice((1_209, 1_336, 1_477))
        pair = np.sin(2 * np.pi * low_hz * time) + np.sin(2 * np.pi * high_hz * time)
        sound[start : start + len(time)] = pair
    return _levelled(sound)


def clicks(rng: np.random.Generator, samples: int) -> Sound:
    """Clicks and short bursts of noise. Peak about 1."""
    sound = np.zeros(samples, np.float32)
    for _ in range(int(rng.integers(1, 2 + samples // 8_000))):
        length = int(rng.integers(20, 2_500))
        start = int(rng.integers(0, max(1, samples - length)))
        length = min(length, samples - start)
        fade = np.linspace(1, 0, length)
        sound[start : start + length] += rng.standard_normal(length) * fade * rng.uniform(0.1, 1)
    return sound


def engine(rng: np.random.Generator, samples: int) -> Sound:
    """A motor: low pulses whose speed wanders, and wind. RMS 1."""
    knots = np.interp(_time(samples), np.arange(samples // RATE_HZ + 2), rng.uniform(20, 90, samples // RATE_HZ + 2))
    return _levelled(_glide(knots, 12, rng) + 0.4 * coloured(rng, samples, 0.8))


def reversed_speech(rng: np.random.Generator, speech: Sound) -> Sound:
    """Speech played backwards."""
    return _levelled(speech[::-1])


def shuffled_speech(rng: np.random.Generator, speech: Sound) -> Sound:
    """Speech cut into pieces of 40 … 90 ms in random order, some of them backwards."""
    length = int(rng.uniform(0.04, 0.09) * RATE_HZ)
    pieces = [speech[start : start + length] for start in range(0, len(speech), length)]
    order = rng.permutation(len(pieces))
    return _levelled(np.concatenate([pieces[n][:: rng.choice((-1, 1))] for n in order]))


def babble(rng: np.random.Generator, speech: Sound) -> Sound:
    """Eight voices at once: each is the same speech from another place on."""
    return _levelled(np.sum([np.roll(speech, int(rng.integers(len(speech)))) for _ in range(_BABBLERS)], axis=0))


def speech_shaped(rng: np.random.Generator, speech: Sound) -> Sound:
    """Noise with the spectrum of speech, and its loudness or a random one."""
    magnitude = np.abs(np.fft.rfft(speech))
    smooth = np.convolve(magnitude, np.ones(301) / 301, "same")
    phases = np.exp(2j * np.pi * rng.random(len(smooth)))
    noise = np.fft.irfft(smooth * phases, len(speech))
    draw = rng.random()
    if draw < 0.4:
        envelope = np.convolve(np.abs(speech), np.ones(400) / 400, "same")
        noise = noise * np.roll(envelope, int(rng.integers(0, len(speech))))
    elif draw < 0.8:
        rate_hz = rng.uniform(2, 16)
        knots = np.abs(rng.standard_normal(int(len(speech) / RATE_HZ * rate_hz) + 3))
        noise = noise * np.interp(_time(len(speech)) * rate_hz, np.arange(len(knots)), knots)
    return _levelled(noise)


PLAIN: tuple[Callable[[np.random.Generator, int], Sound], ...] = (
    tones,
    music,
    sweep,
    siren,
    dialling,
    clicks,
    engine,
)
FROM_SPEECH: tuple[Callable[[np.random.Generator, Sound], Sound], ...] = (
    reversed_speech,
    shuffled_speech,
    speech_shaped,
)


def _glide(frequency_hz: NDArray[np.float64], harmonics: int, rng: np.random.Generator) -> Sound:
    phase = 2 * np.pi * np.cumsum(frequency_hz) / RATE_HZ + rng.uniform(0, 6)
    tilt = rng.uniform(0.5, 2.0)
    return _levelled(np.sum([np.sin(n * phase) / n**tilt for n in range(1, harmonics + 1)], axis=0))


def _time(samples: int) -> NDArray[np.float64]:
    return np.arange(samples) / RATE_HZ


def _levelled(sound: NDArray[np.floating]) -> Sound:
    """The sound at RMS 1."""
    level = float(np.sqrt(np.mean(np.square(sound)))) or 1.0
    return (sound / max(level, 1e-9)).astype(np.float32)
