"""Keeps services running: starts them, reads their output, starts again what ends by itself, stops them in order."""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.child import ChildOptions, kill_child, start_child
from local.log_file import LogFile
from local.service import Service, ServiceStatus, State

TURN_S = 0.1
STOP_WITHIN_S = 10.0
FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
SETTLED_AFTER_S = 60.0
"""A service that ran for so long and then ended is started again without a long wait."""

OnLine = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class SupervisorOptions:
    """Where a supervisor writes and whom it tells."""

    log_folder: Path
    tell: Callable[[str], None] = lambda line: None
    """Gets a line for each thing that happens to a service."""
    on_line: OnLine = lambda name, line: None
    """Gets every line that a service writes, with the service's name."""
    on_change: Callable[[], None] = lambda: None
    """Called after a service has changed its state."""


@dataclass(slots=True)
class _Watched:
    service: Service
    log: LogFile
    state: State = State.STARTING
    child: "subprocess.Popen[bytes] | None" = None
    reader: threading.Thread | None = None
    restarts: int = 0
    backoff_s: float = FIRST_BACKOFF_S
    started_at: float = 0.0
    due_at: float = 0.0
    is_wanted: bool = True
    term_sent_at: float = 0.0


class Supervisor:
    """Watches services from one thread, which starts every child: children end with the thread that started them."""

    def __init__(self, options: SupervisorOptions) -> None:
        self._options = options
        self._watched: dict[str, _Watched] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def add(self, service: Service) -> None:
        """Starts a service and keeps it running."""
        with self._lock:
            log = LogFile(self._options.log_folder / f"{service.name}.log")
            self._watched[service.name] = _Watched(service, log)

    def kill(self, name: str) -> None:
        """SIGKILL to a service, as a crash would end it; it is started again. Raises KeyError for an unknown name."""
        with self._lock:
            child = self._watched[name].child
            if child is not None:
                kill_child(child)

    def resume(self, name: str) -> None:
        """Starts a service again that `stop` has ended. Raises KeyError for an unknown name."""
        with self._lock:
            watched = self._watched[name]
            watched.is_wanted, watched.state, watched.term_sent_at = True, State.WAITING, 0.0
            watched.backoff_s, watched.due_at = FIRST_BACKOFF_S, 0.0

    def remove(self, name: str) -> None:
        """Ends a service for good and forgets it. Raises KeyError for an unknown name."""
        self.stop([name])
        with self._lock:
            watched = self._watched.pop(name)
        self._close(watched)

    def statuses(self) -> list[ServiceStatus]:
        """How every service goes, in the order in which they were added."""
        with self._lock:
            return [_status(watched) for watched in self._watched.values()]

    def stop(self, names: list[str] | None = None) -> None:
        """Ends services together with SIGTERM, and with SIGKILL what has not ended after STOP_WITHIN_S."""
        with self._lock:
            chosen = [one for name, one in self._watched.items() if names is None or name in names]
            for watched in chosen:
                watched.is_wanted = False
        while self._thread.is_alive() and any(watched.state is not State.STOPPED for watched in chosen):
            time.sleep(TURN_S / 2)

    def close(self) -> None:
        """Ends everything and the watching."""
        self.stop()
        self._ended.set()
        self._thread.join()
        for watched in self._watched.values():
            self._close(watched)

    def _close(self, watched: _Watched) -> None:
        if watched.reader is not None:
            watched.reader.join(STOP_WITHIN_S)
        watched.log.close()

    def _watch(self) -> None:
        while not self._ended.wait(TURN_S):
            with self._lock:
                all_watched = list(self._watched.values())
            for watched in all_watched:
                before = (watched.state, watched.child)
                self._turn(watched)
                if (watched.state, watched.child) != before:
                    self._options.on_change()

    def _turn(self, watched: _Watched) -> None:
        if watched.child is not None and watched.child.poll() is not None:
            self._on_end(watched, watched.child)
        if not watched.is_wanted:
            self._turn_down(watched)
        elif watched.child is None and time.monotonic() >= watched.due_at:
            self._launch(watched)
        elif watched.state is State.STARTING and watched.service.is_ready():
            watched.state = State.READY

    def _launch(self, watched: _Watched) -> None:
        service = watched.service
        child = start_child(service.command, ChildOptions(environment=service.environment, output=subprocess.PIPE))
        with self._lock:
            watched.child, watched.state, watched.started_at = child, State.STARTING, time.monotonic()
        watched.reader = threading.Thread(
            target=self._read, args=(watched, child), name=f"output of {service.name}", daemon=True
        )
        watched.reader.start()

    def _on_end(self, watched: _Watched, child: "subprocess.Popen[bytes]") -> None:
        kill_child(child)  # what it started and left behind
        with self._lock:
            watched.child = None
        if not watched.is_wanted:
            watched.state = State.STOPPED
            return
        if time.monotonic() - watched.started_at > SETTLED_AFTER_S:
            watched.backoff_s = FIRST_BACKOFF_S
        watched.restarts += 1
        watched.state = State.WAITING
        watched.due_at = time.monotonic() + watched.backoff_s
        self._options.tell(
            f"{watched.service.name} ended ({_meaning(child.returncode)}); starting it again in {watched.backoff_s:g} s"
        )
        watched.backoff_s = min(LONGEST_BACKOFF_S, watched.backoff_s * 2)

    def _turn_down(self, watched: _Watched) -> None:
        if watched.child is None:
            watched.state = State.STOPPED
        elif not watched.term_sent_at:
            watched.term_sent_at = time.monotonic()
            watched.child.terminate()
        elif time.monotonic() - watched.term_sent_at > STOP_WITHIN_S:
            self._options.tell(f"{watched.service.name} did not end within {STOP_WITHIN_S:g} s: killing it")
            kill_child(watched.child)

    def _read(self, watched: _Watched, child: "subprocess.Popen[bytes]") -> None:
        if child.stdout is None:
            return
        with child.stdout as output:
            for line in output:
                watched.log.write(line)
                self._options.on_line(watched.service.name, line.decode(errors="replace").rstrip("\n"))


def _status(watched: _Watched) -> ServiceStatus:
    child = watched.child
    return ServiceStatus(
        name=watched.service.name,
        state=watched.state,
        pid=child.pid if child is not None else 0,
        restarts=watched.restarts,
        ops_port=watched.service.ops_port,
    )


def _meaning(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
