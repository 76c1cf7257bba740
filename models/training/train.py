"""Training by two processes, one core each, that average their gradients.

python -m models.training.train --folder DIR --minutes 90
"""

from __future__ import annotations

import argparse
import math
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing

from models.training import losses, plans
from models.training.losses import Losses, Weights
from models.training.mixing import Mixer, Plan
from models.training.network import Shape, Whisper
from models.training.optimiser import Optimiser, Rates
from models.training.placing import Library
from models.training.run import RunFolder

_WARM_UP_STEPS = 150
_LARGEST_NORM = 1.0
_AVERAGING = 0.997
_SAVE_EVERY_S = 150.0
_LOG_EVERY_STEPS = 25
_ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Options:
    """How to train."""

    folder: Path
    minutes: float
    """Wall time of the whole run; the learning rate falls to zero at its end."""
    processes: int = 2
    port: int = 29_511
    rates: Rates = field(default_factory=Rates)
    max_minutes: float = math.inf
    """Stop earlier, with the learning rate still high (for trials)."""


class Trainer:
    """One process's share of a run."""

    def __init__(self, options: Options, rank: int) -> None:
        self._options, self._rank = options, rank
        self._folder = RunFolder(options.folder)
        vocabulary, phones = self._folder.vocabulary(), self._folder.phone_classes()
        shards = self._folder.shards()[rank :: options.processes]
        saved = self._folder.saved()
        self._elapsed_s, self._step = 0.0, 0
        if saved:
            self._elapsed_s, self._step = saved["elapsed_s"], saved["step"]
        self._library = Library(shards, np.random.default_rng(self._step + rank))
        self._mixer = Mixer(self._library, vocabulary, phones, self._step * 2 + rank + 1)
        self._first_time = vocabulary.time(0)
        torch.manual_seed(0)
        self._network = Whisper(Shape(vocabulary.size, max(phones.values()) + 1, self._first_time))
        self._parameters = list(self._network.parameters())
        self._average = [p.detach().clone() for p in self._parameters]
        self._optimiser = Optimiser(self._network, options.rates)
        self._sums: dict[str, list[float]] = {}
        self._clock_s = time.monotonic()
        if saved:
            self._restore(saved)

    def run(self) -> None:
        """Train until the time is over."""
        total_s, saved_at = self._options.minutes * 60, self._elapsed_s
        last_s = min(total_s, self._options.max_minutes * 60)
        while self._elapsed_s < last_s:
            self._one_step(self._elapsed_s / total_s)
            if self._rank == 0 and self._elapsed_s - saved_at > _SAVE_EVERY_S:
                self._save()
                saved_at = self._elapsed_s
        if self._rank == 0:
            self._save()
            print("finished", self._step, flush=True)

    def _one_step(self, progress: float) -> None:
        plan = plans.choose(progress, random.Random(self._step), self._library)
        batch = self._mixer.batch(plan)
        self._network.zero_grad(set_to_none=True)
        measured = losses.measure(self._network, batch, self._first_time)
        losses.total(measured, _weights(progress)).backward()
        scale = self._average_gradients(measured, plan)
        self._optimiser.step(scale * _rate(progress, self._step))
        self._step += 1
        torch._foreach_lerp_(
            self._average,
            [p.detach() for p in self._parameters],
            1 - min(_AVERAGING, 1 - 1 / (1 + self._step / 3)),
        )

    def _average_gradients(self, measured: Losses, plan: Plan) -> float:
        """Mean gradients over the processes, clipped; advances the clock all agree on."""
        now = time.monotonic()
        extra = torch.tensor(
            [
                now - self._clock_s,
                *(float(part.detach()) for part in (measured.text, measured.time, measured.phones, measured.guide)),
            ]
        )
        self._clock_s = now
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in self._parameters]
        flat = torch.cat([*(g.reshape(-1) for g in gradients), extra])
        if self._options.processes > 1:
            dist.all_reduce(flat)
            flat /= self._options.processes
        norm = float(flat[: -len(extra)].norm())
        clip = min(1.0, _LARGEST_NORM / (norm + 1e-6)) if math.isfinite(norm) else 0.0
        offset = 0
        for parameter in self._parameters:
            count = parameter.numel()
            part = flat[offset : offset + count].view_as(parameter)
            parameter.grad = part * clip if clip else torch.zeros_like(parameter)
            offset += count
        self._elapsed_s += float(flat[-len(extra)])
        self._log(plan, flat[-len(extra) + 1 :].tolist(), norm)
        return 1.0 if clip else 0.0

    def _log(self, plan: Plan, measured: list[float], norm: float) -> None:
        """Print mean losses by kind of batch now and then."""
        if self._rank:
            return
        sums = self._sums.setdefault(plan.name, [0.0] * 5)
        for index, value in enumerate([1.0, *measured]):
            sums[index] += value
        if (self._step + 1) % _LOG_EVERY_STEPS:
            return
        parts = [
            f"{name} n{row[0]:.0f} text {row[1] / row[0]:.3f} time {row[2] / row[0]:.2f} "
            f"phones {row[3] / row[0]:.3f} guide {row[4] / row[0]:.3f}"
            for name, row in sorted(self._sums.items())
        ]
        print(f"{self._step + 1} {self._elapsed_s:.0f}s norm {norm:.2f} | " + " | ".join(parts), flush=True)
        self._sums = {}

    def _save(self) -> None:
        names = [name for name, _ in self._network.named_parameters()]
        self._folder.save(
            {
                "step": self._step,
                "elapsed_s": self._elapsed_s,
                "weights": dict(zip(names, [p.detach() for p in self._parameters], strict=True)),
                "average": dict(zip(names, self._average, strict=True)),
                "optimiser": self._optimiser.state(),
            }
        )

    def _restore(self, saved: dict[str, object]) -> None:
        weights, average = saved["weights"], saved["average"]
        with torch.no_grad():
            for name, parameter in self._network.named_parameters():
                parameter.copy_(weights[name])
        self._average = [average[name] for name, _ in self._network.named_parameters()]
        self._optimiser.restore(saved["optimiser"])


def _rate(progress: float, step: int) -> float:
    """Warm-up, a flat third, then down in a straight line to one hundredth."""
    falling = 1.0 if progress < 0.3 else max(0.01, (1.0 - progress) / 0.7)
    return min(1.0, (step + 1) / _WARM_UP_STEPS) * falling


def _weights(progress: float) -> Weights:
    """The phones matter most at first."""
    return Weights(phones=max(0.2, 1.0 - 2.0 * progress), guide=0.6)


def train(options: Options) -> None:
    """Run all processes until the end of the run."""
    RunFolder(options.folder).prepare_vocabulary()
    torch.multiprocessing.spawn(_work, (options,), nprocs=options.processes)


def _work(rank: int, options: Options) -> None:
    torch.set_num_threads(1)
    if options.processes > 1:
        address = f"tcp://{_ADDRESS}:{options.port}"
        dist.init_process_group("gloo", init_method=address, rank=rank, world_size=options.processes)
    Trainer(options, rank).run()
    if options.processes > 1:
        dist.destroy_process_group()


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache/earshot/training")
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--max-minutes", type=float, default=math.inf)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--muon", type=float, default=Rates().muon)
    parser.add_argument("--adam", type=float, default=Rates().adam)
    chosen = parser.parse_args()
    train(
        Options(
            chosen.folder,
            chosen.minutes,
            chosen.processes,
            rates=Rates(chosen.adam, chosen.muon),
            max_minutes=chosen.max_minutes,
        )
    )


if __name__ == "__main__":
    main()
