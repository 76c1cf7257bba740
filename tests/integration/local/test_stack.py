"""`earshot up`, `status` and `down` as a user types them, with the two servers and no stages."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.service import State
from local.stack import Stack, StackOptions
from local.stack_file import read_record
from runtime.settings import Settings, child_environment
from tests.support.broker import local_settings

SERVERS_ONLY = [f"--without={stage}" for stage in ("segmenter", "transcriber", "glossary", "sink")]
DEADLINE_S = 120.0

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux (looks at /proc)")


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def family(pid: int) -> set[int]:
    """The process and all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def alive(pids: set[int]) -> set[int]:
    living = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            living.add(pid)
    return living


class Cli:
    def __init__(self, folder: Path) -> None:
        self.local = local_settings(folder)
        self._environment = child_environment(Settings(local=self.local))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "earshot", *arguments],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        with self.start(*arguments) as process:
            output, _ = process.communicate(timeout=DEADLINE_S)
            return process.returncode, output

    def record(self) -> dict[str, object]:
        path = Path(self.local.data_dir) / "stack.json"
        return json.loads(path.read_text()) if path.exists() else {"is_ready": False}


@pytest.mark.timeout(400)
def test_up_status_down(tmp_path):
    cli = Cli(tmp_path)
    assert cli.run("status")[0] == 1
    code, said = cli.run("up", "--detach", *SERVERS_ONLY)
    assert code == 0, said
    holder = int(str(cli.record()["pid"]))
    try:
        processes = family(holder)
        assert len(processes) >= 4, "the supervisor, two servers and the broker's Java"
        code, said = cli.run("status")
        assert code == 0, said
        assert "kafka" in said
        assert "clickhouse" in said
        code, said = cli.run("up", *SERVERS_ONLY)
        assert code == 69
        assert f"in use by process {holder}" in said
        broker = next(one["pid"] for one in cli.record()["services"] if one["name"] == "kafka")
        os.kill(broker, signal.SIGKILL)
        until(lambda: cli.run("status")[0] == 1)
        until(lambda: cli.run("status")[0] == 0)
        processes |= family(holder)
        code, said = cli.run("down")
        assert code == 0, said
        until(lambda: not alive(processes))
        assert cli.run("status")[0] == 1
        assert "nothing runs" in cli.run("down")[1]
    finally:
        for pid in alive({holder}):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.timeout(400)
def test_nothing_outlives_a_killed_supervisor_and_the_next_one_starts(tmp_path):
    cli = Cli(tmp_path)
    with cli.start("up", "--quiet", *SERVERS_ONLY) as holder:
        try:
            until(lambda: cli.record()["is_ready"] or holder.poll() is not None)
            processes = family(holder.pid)
            assert len(processes) >= 4
        finally:
            holder.kill()
    until(lambda: not alive(processes))
    code, said = cli.run("status")
    assert (code, "nothing runs" in said) == (1, True)
    with cli.start("up", "--quiet", *SERVERS_ONLY) as second:
        until(lambda: cli.record()["is_ready"] and cli.record()["pid"] == second.pid)
        second.send_signal(signal.SIGINT)
        assert second.wait(30) == 0


def test_full_disk_under_the_record_ends_nothing(broker, clickhouse, tmp_path):
    """A folder in the record's place fails as a full disk does."""
    local = local_settings(tmp_path).model_copy(update={"kafka": False, "clickhouse": False})
    told: list[str] = []
    with Stack(
        Settings(kafka=broker, clickhouse=clickhouse, local=local), StackOptions(("sink",), tell=told.append)
    ) as stack:
        stack.start()
        in_its_place = tmp_path / "stack.partial"
        in_its_place.mkdir()
        before = kill_sink(stack)
        assert kill_sink(stack) != before
        assert len([line for line in told if "`earshot status` shows an older state until there is room" in line]) == 1
        in_its_place.rmdir()
        pid = kill_sink(stack)
        until(lambda: (record := read_record(tmp_path)) is not None and record.services[0].pid == pid)


def kill_sink(stack: Stack) -> int:
    """SIGKILL to the sink; its process id once it runs again."""
    restarts = stack.services[0].restarts
    stack.kill("sink")
    until(lambda: stack.services[0].restarts > restarts and stack.services[0].state is State.READY)
    return stack.services[0].pid
