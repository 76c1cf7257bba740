"""Whether every process of the stack is still the one that it was."""

from dataclasses import dataclass, field

from local.stack import Stack


@dataclass(slots=True)
class Pulse:
    """Taken when it is made, and again when asked."""

    stack: Stack
    _pids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pids = {service.name: service.pid for service in self.stack.services}

    def faults(self) -> list[str]:
        """The processes that ended meanwhile."""
        return [
            f"{service.name} has died: it was process {self._pids[service.name]}, "
            f"now {service.pid}, started {service.restarts} times again"
            for service in self.stack.services
            if service.pid != self._pids[service.name] or service.restarts
        ]
