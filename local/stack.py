"""The whole pipeline on this machine: broker, ClickHouse and stages, started in order and kept running."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local.health import require_askable
from local.jars import JarSource, fetch_jars, read_list
from local.kafka import cache_folder
from local.log_file import last_lines
from local.ports import require_free
from local.roster import SERVERS, STAGES, effective, member_of, ports_of, services_of
from local.service import Service, ServiceStatus, State
from local.stack_file import StackRecord, remove_record, stack_lock, write_record
from local.supervisor import Supervisor, SupervisorOptions
from runtime.errors import LocalStackError
from runtime.kafka.admin import Admin
from runtime.settings import Settings

READY_WITHIN_S = 180.0
POLL_S = 0.1
QUIET_S = 2.0
MOST_RESTARTS_WHILE_STARTING = 3
LINES_OF_LOG = 15
LOCK_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What a stack runs and whom it tells."""

    stages: tuple[str, ...] = STAGES
    tell: Callable[[str], None] = lambda line: None
    """Gets a line for each step and each mishap, possibly from another thread."""
    on_line: Callable[[str, str], None] = lambda name, line: None
    """Gets every line that a service writes, with the service's name, from another thread."""


class Stack:
    """Runs what the settings call local. Use as `with Stack(settings) as stack: stack.start()`.

    On Linux every process of the stack ends with the process that holds it, even by SIGKILL.
    """

    def __init__(self, settings: Settings, options: StackOptions | None = None) -> None:
        self.settings = effective(settings)
        """The settings as the services get them: what is local is found at its local address."""
        self._options = options or StackOptions()
        self._data_dir = Path(settings.local.data_dir).absolute()
        self._lock = stack_lock(self._data_dir, LOCK_WAIT_S)
        self._supervisor: Supervisor | None = None
        self._started_at = time.time()
        self._is_ready = False
        self._is_record_old = False

    @property
    def services(self) -> list[ServiceStatus]:
        """How every service goes."""
        return self._supervisor.statuses() if self._supervisor is not None else []

    @property
    def log_folder(self) -> Path:
        """Where the services' logs are, `<name>.log` each."""
        return self._data_dir / "logs"

    def start(self) -> None:
        """Starts everything in order; returns when all of it is ready.

        Raises ConfigError, PortTaken, TopicMismatch, or LocalStackError with the last lines of what does not start.
        """
        supervisor = self._opened()
        require_askable(self.settings.ops.host)
        services = services_of(self.settings, self._options.stages)
        require_free(ports_of(self.settings.local, services))
        servers = [service for service in services if service.name in SERVERS]
        if any(service.name == "kafka" for service in servers):
            local = self.settings.local
            fetch_jars(read_list(), JarSource(cache_folder(local), local.maven_url), self._tell)
        self._start(supervisor, servers)
        Admin(self.settings.kafka).ensure_topics()
        self._start(supervisor, [service for service in services if service.name not in SERVERS])
        self._is_ready = True
        self._record()
        self._tell("everything is ready")

    def kill(self, name: str) -> None:
        """SIGKILL to one service, which is then started again. Raises KeyError for an unknown name."""
        self._opened().kill(name)

    def stop_one(self, name: str) -> None:
        """Ends one service in order, until `resume`. Raises KeyError for an unknown name."""
        self._known(name)
        self._opened().stop([name])

    def resume(self, name: str) -> None:
        """Starts a service again that `stop_one` has ended; returns at once. Raises KeyError for an unknown name."""
        self._opened().resume(name)

    def add(self, stage: str, member: int) -> str:
        """Starts one more process of a stage under a member's name of its own, and returns the service's name.

        Returns at once: it joins when it is ready. Raises PortTaken if the next ops port is in use.
        """
        port = max(status.ops_port for status in self.services) + 1
        require_free([(port, "EARSHOT_LOCAL__OPS_PORT")])
        service = member_of(self.settings, stage, member, port)
        self._opened().add(service)
        return service.name

    def remove(self, name: str) -> None:
        """Ends one service in order and for good. Raises KeyError for an unknown name."""
        self._known(name)
        self._opened().remove(name)

    def stop(self) -> None:
        """Ends the stages, then the servers, each in order; harmless when nothing runs."""
        if self._supervisor is None:
            return
        self._is_ready = False
        stages = [status.name for status in self.services if status.name not in SERVERS]
        if self.services:
            self._tell("stopping")
        self._supervisor.stop(stages)
        self._supervisor.close()
        self._supervisor = None
        remove_record(self._data_dir)
        self._tell("stopped")

    def __enter__(self) -> Self:
        self._lock.acquire()
        options = SupervisorOptions(
            self.log_folder, tell=self._tell, on_line=self._options.on_line, on_change=self._record_change
        )
        self._supervisor = Supervisor(options)
        self._record()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._lock.release()

    def _opened(self) -> Supervisor:
        if self._supervisor is None:
            raise LocalStackError("the stack is not open: use it in a `with` statement")
        return self._supervisor

    def _known(self, name: str) -> None:
        if name not in {status.name for status in self.services}:
            raise KeyError(name)

    def _start(self, supervisor: Supervisor, services: list[Service]) -> None:
        if not services:
            return
        names = [service.name for service in services]
        self._tell(f"starting {', '.join(names)}")
        began = told_at = time.monotonic()
        for service in services:
            supervisor.add(service)
        while waiting := [status for status in supervisor.statuses() if status.name in names and not _is_up(status)]:
            for status in waiting:
                self._check(status, time.monotonic() - began)
            if time.monotonic() - told_at > QUIET_S:
                self._tell(f"waiting for {', '.join(status.name for status in waiting)}")
                told_at = time.monotonic()
            time.sleep(POLL_S)
        self._tell(f"ready: {', '.join(names)} ({time.monotonic() - began:.1f} s)")

    def _check(self, status: ServiceStatus, waited_s: float) -> None:
        if status.restarts < MOST_RESTARTS_WHILE_STARTING and waited_s < READY_WITHIN_S:
            return
        log = self.log_folder / f"{status.name}.log"
        how = f"ended {status.restarts} times" if status.restarts else f"is not ready after {waited_s:.0f} s"
        raise LocalStackError(f"{status.name} {how}; the end of {log}:\n{last_lines(log, LINES_OF_LOG)}")

    def _record_change(self) -> None:
        """A disk that is full must not end the supervisor's thread, which would end every service with it."""
        try:
            self._record()
        except OSError as error:
            if not self._is_record_old:
                self._tell(
                    f"{self._data_dir}: {error.strerror}: `earshot status` shows an older state until there is room"
                )
            self._is_record_old = True
        else:
            self._is_record_old = False

    def _record(self) -> None:
        if self._supervisor is None:
            return
        record = StackRecord(
            pid=os.getpid(),
            started_at=self._started_at,
            is_ready=self._is_ready,
            bootstrap=self.settings.kafka.bootstrap,
            clickhouse_url=self.settings.clickhouse.url,
            services=tuple(self.services),
        )
        write_record(self._data_dir, record)

    def _tell(self, line: str) -> None:
        self._options.tell(line)


def _is_up(status: ServiceStatus) -> bool:
    return status.state is State.READY
