"""What training minimises: next tokens, time tokens, phones by frame, and where the guided heads look."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.training.mixing import Batch
from models.training.network import Whisper

_TIME_SMOOTHING = (0.2, 0.6, 0.2)
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Losses:
    """Mean losses of one batch."""

    text: Tensor
    time: Tensor
    answers: Tensor
    """Text and time together, per token."""
    phones: Tensor
    guide: Tensor


@dataclass(frozen=True, slots=True)
class Weights:
    """How much the helping losses count beside the answers."""

    phones: float
    guide: float


def total(losses: Losses, weights: Weights) -> Tensor:
    """The sum to minimise."""
    return losses.answers + weights.phones * losses.phones + weights.guide * losses.guide


def measure(network: Whisper, batch: Batch, first_time: int) -> Losses:
    """Run the network on a batch."""
    sound = network.encode(batch.mel)
    hidden, guided = network.decode(batch.tokens, sound)
    asked = batch.answers >= 0
    log_probs = (hidden[asked] @ network.embedding.T).log_softmax(-1)
    answers = batch.answers[asked]
    negative = -log_probs.gather(1, answers[:, None])[:, 0]
    timed = answers >= first_time
    smoothed = _smoothed(log_probs[timed], answers[timed], first_time)
    count = max(1, len(answers))
    phones = torch.nn.functional.cross_entropy(network.phones(sound).flatten(0, 1), batch.phones.flatten())
    return Losses(
        text=negative[~timed].mean(),
        time=smoothed.sum() / max(1, len(smoothed)),
        answers=(negative[~timed].sum() + smoothed.sum()) / count,
        phones=phones,
        guide=_guides(guided, batch.spans),
    )


def _smoothed(log_probs: Tensor, answers: Tensor, first_time: int) -> Tensor:
    """Cross entropy of time tokens, a neighbour being nearly right."""
    near = torch.arange(-1, 2)[None] + answers[:, None]
    near = near.clamp(first_time, log_probs.shape[-1] - 1)
    return -(log_probs.gather(1, near) * torch.tensor(_TIME_SMOOTHING)).sum(1)


def _guides(guided: list[Tensor], spans: Tensor) -> Tensor:
    """The later half of the layers looks for the next token; those before it find the token just written."""
    written = torch.zeros_like(spans)
    written[:, 1:] = spans[:, :-1]
    half = len(guided) // 2
    before = [_guide(weights, written) for weights in guided[:half]]
    return torch.stack([*before, *(_guide(weights, spans) for weights in guided[half:])]).mean()


def _guide(log_weights: Tensor, spans: Tensor) -> Tensor:
    """Cross entropy of a head's weights [batch, length, time] with even weight on the token's span."""
    places = torch.arange(log_weights.shape[-1])
    inside = (places >= spans[..., :1]) & (places < spans[..., 1:])
    lengths = inside.sum(-1)
    heard = lengths > 0
    even = (log_weights * inside).sum(-1)[heard] / lengths[heard]
    return -(even + lengths[heard].log()).mean() if heard.any() else log_weights.sum() * 0.0
