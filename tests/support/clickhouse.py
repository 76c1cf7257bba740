"""The ClickHouse engine behind its HTTP interface, as a process, for tests."""

import subprocess
import sys
import time
from pathlib import Path

import httpx

from local.child import ChildOptions, kill_child, start_child, stop_child
from runtime.settings import ClickHouseSettings, LocalSettings, Settings, child_environment
from tests.support.broker import local_settings
from tests.support.waiting import PATIENCE_S

START_WITHIN_S = 120.0


class ClickHouseProcess:
    """`earshot run clickhouse` on a free port; it may be stopped, killed and started again."""

    def __init__(self, folder: Path, local: LocalSettings | None = None) -> None:
        self.local = local or local_settings(folder)
        self.log = folder / "clickhouse.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.local.clickhouse_port}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._child is not None
        return self._child.pid

    def settings(self, database: str = "default") -> ClickHouseSettings:
        """A client's settings."""
        return ClickHouseSettings(url=self.address, database=database)

    def exit_status(self) -> int:
        """Starts a process that is expected to end by itself; returns its exit status."""
        child = self._launch()
        try:
            return child.wait(START_WITHIN_S)
        finally:
            kill_child(child)
            child.wait()

    def _launch(self) -> "subprocess.Popen[bytes]":
        environment = child_environment(Settings(local=self.local))
        with self.log.open("ab") as log:
            return start_child(
                [sys.executable, "-m", "earshot", "run", "clickhouse"],
                ChildOptions(environment=environment, output=log.fileno()),
            )

    def start(self) -> None:
        """Starts the process and returns when it answers."""
        self._child = self._launch()
        deadline = time.monotonic() + START_WITHIN_S
        while not self.is_up():
            if self._child.poll() is not None or time.monotonic() > deadline:
                raise OSError(f"the ClickHouse process did not start:\n{self.log.read_text()}")
            time.sleep(0.05)

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.address}/ping", timeout=1).text == "Ok.\n"
        except httpx.TransportError:
            return False

    def ask(self, statement: str, **values: str) -> str:
        """The answer to one statement, as a plain HTTP client sees it. Raises httpx.HTTPStatusError."""
        response = httpx.post(self.address, params=values, content=statement.encode(), timeout=30)
        response.raise_for_status()
        return response.text

    def stop(self) -> object:
        """Ends it in order; returns its exit status."""
        assert self._child is not None
        return stop_child(self._child, PATIENCE_S)

    def kill(self) -> None:
        """Ends it with SIGKILL. Harmless when it has ended."""
        if self._child is not None:
            kill_child(self._child)
            self._child.wait()


def shared_clickhouse(folder: Path) -> ClickHouseProcess:
    """The one that all tests of a run share."""
    process = ClickHouseProcess(folder)
    process.start()
    return process
