"""What a supervisor runs, and how it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Service:
    """One process that is kept running."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """All its variables."""
    is_ready: Callable[[], bool]
    """Whether it does its work; asked until it says yes, from one thread."""
    ops_port: int = 0
    """Where its `/healthz` is; 0 for nowhere."""


class State(StrEnum):
    """Where a service is in its life."""

    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting to restart"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How one service goes."""

    name: str
    state: State
    pid: int
    """0 while it does not run."""
    restarts: int
    ops_port: int
