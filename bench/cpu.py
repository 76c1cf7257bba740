"""How much of a core each process takes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """One process over a span of time, its children included."""

    cores: float
    """Share of one core: 1.0 is one core fully busy."""
    memory_mb: float
    """Resident memory at the end."""


class CpuMeter:
    """Measures named processes between its making and `read`."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._trees = {name: _tree(pid) for name, pid in pids.items()}
        self._began = time.monotonic()
        self._seconds = {name: _seconds(tree) for name, tree in self._trees.items()}

    def read(self) -> dict[str, Usage]:
        """Usage since the start."""
        span_s = time.monotonic() - self._began
        return {
            name: Usage((_seconds(tree) - self._seconds[name]) / span_s, _memory_mb(tree))
            for name, tree in self._trees.items()
        }


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _seconds(tree: list[psutil.Process]) -> float:
    total = 0.0
    for process in tree:
        times = process.cpu_times()
        total += times.user + times.system
    return total


def _memory_mb(tree: list[psutil.Process]) -> float:
    return sum(process.memory_info().rss for process in tree) / 1e6
