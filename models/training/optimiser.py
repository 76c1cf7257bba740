"""The optimiser: orthogonal momentum (Muon) for hidden matrices, AdamW for everything else."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_MOMENTUM = 0.95
_NEWTON = (3.4445, -4.7750, 2.0315)
_NEWTON_STEPS = 5
_ADAM_ONLY = ("embedding", "text_positions", "phones", "conv1")


@dataclass(frozen=True, slots=True)
class Rates:
    """Peak learning rates and decay."""

    adam: float = 1e-3
    muon: float = 0.008
    weight_decay: float = 0.02


class Optimiser:
    """One step for all parameters of a network; its state can be saved."""

    def __init__(self, network: nn.Module, rates: Rates) -> None:
        named = list(network.named_parameters())
        self._rates = rates
        self._hidden = [p for name, p in named if p.ndim == 2 and not name.startswith(_ADAM_ONLY)]
        hidden = {id(p) for p in self._hidden}
        self._momentum = [torch.zeros_like(p) for p in self._hidden]
        rest = [p for _, p in named if id(p) not in hidden]
        self._adam = torch.optim.AdamW(
            [
                {"params": [p for p in rest if p.ndim >= 2], "weight_decay": rates.weight_decay},
                {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
            ],
            lr=rates.adam,
            betas=(0.9, 0.98),
        )

    def step(self, scale: float) -> None:
        """Apply the gradients at `scale` times the peak rates."""
        for group in self._adam.param_groups:
            group["lr"] = self._rates.adam * scale
        self._adam.step()
        rate = self._rates.muon * scale
        with torch.no_grad():
            for parameter, momentum in zip(self._hidden, self._momentum, strict=True):
                momentum.lerp_(parameter.grad, 1 - _MOMENTUM)
                update = parameter.grad.lerp(momentum, _MOMENTUM)
                parameter.mul_(1 - rate * self._rates.weight_decay)
                parameter.add_(_orthogonal_parts(update), alpha=-rate)

    def state(self) -> dict[str, object]:
        """What `restore` needs."""
        return {"adam": self._adam.state_dict(), "momentum": self._momentum}

    def restore(self, state: dict[str, object]) -> None:
        """Go on from a saved state."""
        self._adam.load_state_dict(state["adam"])  # type: ignore[arg-type]
        self._momentum = state["momentum"]  # type: ignore[assignment]


def _orthogonal_parts(update: Tensor) -> Tensor:
    """Orthogonalise the square parts of a stacked matrix (queries, keys and values) each alone."""
    width = update.shape[1]
    parts = update.shape[0] // width
    if parts in (2, 3):
        return torch.cat([_orthogonal(part) for part in update.chunk(parts)])
    return _orthogonal(update)


def _orthogonal(matrix: Tensor) -> Tensor:
    """The nearest orthogonal matrix by Newton-Schulz, scaled to Adam's usual step size."""
    a, b, c = _NEWTON
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(_NEWTON_STEPS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    x = x.T if tall else x
    return x * max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
