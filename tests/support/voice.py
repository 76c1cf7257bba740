"""Something that Silero takes for speech, made without a recording: vowels of a wandering voice."""

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
VOWELS_HZ = ((700, 1200, 2600), (300, 2300, 3000), (500, 900, 2500), (400, 2000, 2700), (350, 700, 2400))
STRENGTHS = (1.0, 0.5, 0.25)


def voice(seconds: float, seed: int = 0, pitch_hz: float = 120) -> NDArray[np.int16]:
    """Voiced syllables at a speaking pace, with a breath of noise."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wander = 1 + 0.12 * np.sin(2 * np.pi * 0.7 * times) + 0.05 * np.sin(2 * np.pi * 2.3 * times)
    phase = 2 * np.pi * np.cumsum(pitch_hz * wander) / RATE_HZ
    out = np.zeros(len(times))
    start = 0
    while start < len(out):
        length = int(rng.uniform(0.12, 0.25) * RATE_HZ)
        span = slice(start, min(start + length, len(out)))
        loud = np.sin(np.pi * np.arange(span.stop - span.start) / length) ** 0.6
        out[span] = _vowel(phase[span], pitch_hz * wander[span], VOWELS_HZ[rng.integers(len(VOWELS_HZ))]) * loud
        start += length + int(rng.uniform(0, 0.06) * RATE_HZ)
    return (out / np.abs(out).max() * 12_000 + rng.normal(0, 30, len(out))).astype(np.int16)


def silence(seconds: float, seed: int = 0) -> NDArray[np.int16]:
    """The hiss of a quiet room."""
    return np.random.default_rng(seed).normal(0, 30, round(seconds * RATE_HZ)).astype(np.int16)


def talk(seconds: float, seed: int = 0) -> NDArray[np.int16]:
    """Utterances of a second to a quarter of a minute with pauses between them."""
    rng = np.random.default_rng(seed)
    parts: list[NDArray[np.int16]] = []
    while sum(map(len, parts)) < seconds * RATE_HZ:
        number = len(parts)
        parts.append(silence(rng.uniform(0.2, 3), seed + number))
        parts.append(voice(rng.choice([1.0, 2.5, 4.0, 15.0]), seed + number, rng.uniform(90, 220)))
    return np.concatenate(parts)[: round(seconds * RATE_HZ)]


def _vowel(phase: NDArray[np.float64], pitch_hz: NDArray[np.float64], formants: tuple[int, ...]) -> NDArray[np.float64]:
    sound = np.zeros(len(phase))
    for harmonic in range(1, 40):
        frequency = harmonic * pitch_hz
        peaks = [
            strength / (1 + ((frequency - formant) / (60 + 40 * number)) ** 2)
            for number, (formant, strength) in enumerate(zip(formants, STRENGTHS, strict=True))
        ]
        sound += sum(peaks) * (frequency < 7500) * np.sin(harmonic * phase)
    return sound
