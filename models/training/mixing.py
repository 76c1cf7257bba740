"""Training batches: scenes with noise, band limits, padding and prompts, as tensors."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from demo import noises
from models.training import placing, prompts, targets
from models.training.features import BIN_HZ, FFT_SAMPLES, HOP_SAMPLES, log_mel
from models.training.placing import RATE_HZ, Library, Scene, Sound
from models.training.targets import FRAME_SAMPLES, Target, Wanted
from models.training.tokens import Vocabulary

_LONGEST_TOKENS = 440
_BINS_HZ = np.arange(FFT_SAMPLES // 2 + 1) * BIN_HZ
_LANGUAGES = ("en", "ko")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch is to hold."""

    name: str
    frames: int
    """Length of the windows in mel frames (10 ms)."""
    size: int
    kinds: tuple[float, float, float, float]
    """Shares of one utterance, many, cut out of ongoing speech, and no speech."""
    length_s: tuple[float, float]
    """Lengths of single utterances."""
    lead_s: Callable[[np.random.Generator], float]
    """Draws the silence before single utterances."""
    padding: tuple[float, float, float] = (0.45, 0.25, 0.3)
    """Shares of going-on noise, silence and zero features after the window's end."""
    prompts: float = 0.0
    """Share of the windows with a text before the sound."""
    timed: float = 0.5
    """Share of the windows written with time tokens."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step."""

    mel: Tensor
    """[batch, frames, 80]"""
    tokens: Tensor
    answers: Tensor
    """[batch, length]; -1 where nothing is asked."""
    spans: Tensor
    """[batch, length, 2], in encoder positions; (0, 0) where not asked."""
    phones: Tensor
    """[batch, frames / 2]"""


@dataclass(frozen=True, slots=True)
class _Example:
    sound: Sound
    zero_from: int
    band: NDArray[np.float32]
    target: Target
    phones: NDArray[np.int64]


class Mixer:
    """Draws random batches from a library."""

    def __init__(self, library: Library, vocabulary: Vocabulary, phones: dict[str, int], seed: int) -> None:
        self._library, self._vocabulary, self._phones = library, vocabulary, phones
        self._rng = np.random.default_rng(seed)
        self._words_rng = random.Random(seed)
        self._noise = noises.NoiseBank(self._rng)

    def batch(self, plan: Plan) -> Batch:
        """A random batch as planned."""
        kinds = self._rng.choice(4, size=plan.size, p=np.array(plan.kinds) / sum(plan.kinds))
        examples = [self._example(plan, int(kind)) for kind in kinds]
        sound = torch.from_numpy(np.stack([example.sound for example in examples]))
        band = torch.from_numpy(np.stack([example.band for example in examples]))
        mel = log_mel(sound, band)
        for row, example in enumerate(examples):
            mel[row, example.zero_from :] = 0.0
        phones = torch.from_numpy(np.stack([example.phones for example in examples]))
        tokens, answers, spans = _padded([e.target for e in examples], self._vocabulary)
        return Batch(mel, tokens, answers, spans, phones)

    def _example(self, plan: Plan, kind: int) -> _Example:
        samples = plan.frames * HOP_SAMPLES
        scene = self._scene(plan, kind, samples)
        said = [word for placed in scene.placed for word in placed.words]
        prompt = []
        if self._rng.random() < plan.prompts:
            prompt = prompts.random_prompt(self._vocabulary, said, self._words_rng)
        wanted = Wanted(prompt, bool(self._rng.random() < plan.timed), plan.frames // 2)
        zero_from = self._add_background(scene, plan)
        if scene.placed:
            target = targets.speech_target(self._vocabulary, scene, wanted)
        else:
            language = _LANGUAGES[int(self._rng.integers(2))]
            target = targets.silence_target(self._vocabulary, language, wanted)
        phones = targets.phone_frames(scene, self._phones, wanted.frames)
        return _Example(scene.sound, zero_from, self._band(), target, phones)

    def _scene(self, plan: Plan, kind: int, samples: int) -> Scene:
        lead_s = plan.lead_s(self._rng)
        if kind == 1:
            return placing.place_many(self._library, samples, self._rng, lead_s)
        if kind == 2:
            return placing.place_cut(self._library, samples, self._rng)
        if kind == 3:
            return self._silence(samples)
        return placing.place_one(self._library, samples, plan.length_s, lead_s)

    def _add_background(self, scene: Scene, plan: Plan) -> int:
        """Noise, gain and the window's end; returns the mel frame from which features are zero."""
        samples = len(scene.sound)
        tail_s = self._rng.choice((0.05, 0.35, 1.0)) * self._rng.random()
        is_cut = bool(scene.placed) and scene.end > scene.phone_ends[-1]
        end = scene.end if is_cut else min(samples, scene.end + int(tail_s * RATE_HZ))
        mode = self._rng.choice(3, p=plan.padding)
        if scene.placed:
            self._add_noise(scene, samples if mode == 0 else end)
            scene.sound *= np.float32(10 ** self._rng.uniform(-1.4, 0.0))
        elif mode:
            end = int(self._rng.uniform(0.3, 1.0) * samples)
            scene.sound[end:] = 0.0
        return -(-end // HOP_SAMPLES) + 1 if mode == 2 else plan.frames

    def _add_noise(self, scene: Scene, until: int) -> None:
        scene.sound *= np.float32(10 ** self._rng.uniform(-0.35, 0.0))
        if self._rng.random() < 0.1:
            return
        speech = scene.sound[: scene.end]
        level = float(np.sqrt(np.mean(np.square(speech)))) + 1e-6
        snr_db = self._rng.uniform(12, 40)
        scene.sound[:until] += self._noise.cut(until) * np.float32(level * 10 ** (-snr_db / 20))

    def _silence(self, samples: int) -> Scene:
        """A window in which nothing is said."""
        sound = self._nothing(samples) * np.float32(10 ** self._rng.uniform(-3.2, -0.7))
        if self._rng.random() < 0.7:
            sound = sound + self._noise.cut(samples) * np.float32(10 ** self._rng.uniform(-4, -2))
        return Scene(sound.astype(np.float32), end=samples)

    def _nothing(self, samples: int) -> Sound:
        draw = self._rng.random()
        if draw < 0.08:
            return np.zeros(samples, np.float32)
        if draw < 0.3:
            return self._noise.cut(samples)
        if draw < 0.55:
            make = noises.PLAIN[int(self._rng.integers(len(noises.PLAIN)))]
            return make(self._rng, samples)
        if draw < 0.68:
            return self._babble(samples)
        spoil = noises.FROM_SPEECH[int(self._rng.integers(len(noises.FROM_SPEECH)))]
        return spoil(self._rng, self._speech(samples))

    def _babble(self, samples: int) -> Sound:
        """Five to twelve voices at once, about equally loud."""
        voices = [self._speech(samples) for _ in range(int(self._rng.integers(5, 13)))]
        return (np.sum(voices, axis=0) / np.sqrt(len(voices)) * 8).astype(np.float32)

    def _speech(self, samples: int) -> Sound:
        """Ongoing speech with random pauses."""
        sound = np.zeros(samples, np.float32)
        position = int(self._rng.integers(0, 8_000)) - 4_000
        while position < samples:
            piece, _ = self._library.pick(0.3, 8.0)
            piece = piece[max(0, -position) : samples - position]
            start = max(0, position)
            sound[start : start + len(piece)] += piece
            position = start + len(piece) + int(self._rng.integers(800, 12_000))
        return sound

    def _band(self) -> NDArray[np.float32]:
        """A radio's band limit on the power spectrum for half the examples."""
        band = np.ones(len(_BINS_HZ), np.float32)
        if self._rng.random() < 0.5:
            low_hz, high_hz = self._rng.uniform(150, 420), self._rng.uniform(2_700, 3_900)
            band[(low_hz > _BINS_HZ) | (high_hz < _BINS_HZ)] = 10 ** -self._rng.uniform(2.5, 8)
        return band


def _padded(rows: list[Target], vocabulary: Vocabulary) -> tuple[Tensor, Tensor, Tensor]:
    """Targets as rectangles."""
    length = min(_LONGEST_TOKENS, max(len(row.tokens) for row in rows))
    tokens = torch.full((len(rows), length), vocabulary.special("<|endoftext|>"))
    answers = torch.full((len(rows), length), targets.NOTHING)
    spans = torch.zeros((len(rows), length, 2), dtype=torch.long)
    for index, row in enumerate(rows):
        count = min(length, len(row.tokens))
        tokens[index, :count] = torch.tensor(row.tokens[:count])
        answers[index, :count] = torch.tensor(row.answers[:count])
        spans[index, :count] = torch.tensor(row.spans[:count])
    return tokens, answers, spans


__all__ = ["FRAME_SAMPLES", "Batch", "Mixer", "Plan"]
