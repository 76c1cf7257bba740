"""The supervisor over real processes: the shell's own, which start at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.service import Service, State
from local.supervisor import Supervisor, SupervisorOptions

DEADLINE_S = 20.0


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def shell(name: str, script: str, is_ready: Callable[[], bool] = lambda: True) -> Service:
    return Service(name, ("/bin/sh", "-c", script), dict(PATH=os.defpath), is_ready)


class Told:
    def __init__(self) -> None:
        self.steps: list[str] = []
        self.lines: list[tuple[str, str]] = []


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def supervisor(tmp_path, told) -> Iterator[Supervisor]:
    supervisor = Supervisor(
        SupervisorOptions(tmp_path, tell=told.steps.append, on_line=lambda name, line: told.lines.append((name, line)))
    )
    yield supervisor
    supervisor.close()


def test_lines_reach_the_callback_and_the_log_without_colours(supervisor, told, tmp_path):
    supervisor.add(shell("one", r"printf '\033[31mred\033[0m\n'; printf 'plain\n' >&2; sleep 60"))
    until(lambda: len(told.lines) == 2)
    assert told.lines == [("one", "\x1b[31mred\x1b[0m"), ("one", "plain")]
    until(lambda: (tmp_path / "one.log").read_text() == "red\nplain\n")


def test_killed_service_is_started_again_and_said_so(supervisor, told):
    supervisor.add(shell("one", "exec sleep 60"))
    until(lambda: supervisor.statuses()[0].state is State.READY)
    first = supervisor.statuses()[0].pid
    supervisor.kill("one")
    until(lambda: supervisor.statuses()[0].pid not in (0, first))
    assert supervisor.statuses()[0].restarts == 1
    assert told.steps == ["one ended (signal 9); starting it again in 0.5 s"]


def test_service_that_keeps_ending_is_started_ever_later(supervisor, told):
    supervisor.add(shell("one", "exit 3"))
    until(lambda: len(told.steps) == 3)
    assert [step.split()[-2] for step in told.steps] == ["0.5", "1", "2"]
    assert "exit status 3" in told.steps[0]


def test_ready_only_when_it_says_so(supervisor, tmp_path):
    sign = tmp_path / "ready"
    supervisor.add(shell("one", "exec sleep 60", sign.exists))
    until(lambda: supervisor.statuses()[0].pid)
    assert supervisor.statuses()[0].state is State.STARTING
    sign.touch()
    until(lambda: supervisor.statuses()[0].state is State.READY)


def test_stop_ends_with_sigterm_and_nothing_is_started_again(supervisor, told, tmp_path):
    supervisor.add(shell("one", f"trap 'touch {tmp_path}/ended; exit 0' TERM; echo up; while :; do sleep 0.05; done"))
    until(lambda: told.lines)
    supervisor.stop()
    assert (tmp_path / "ended").exists()
    assert supervisor.statuses()[0].state is State.STOPPED
    assert told.steps == []


def test_children_of_a_service_that_ignores_sigterm_are_killed_with_it(tmp_path, told, monkeypatch):
    monkeypatch.setattr("local.supervisor.STOP_WITHIN_S", 0.3)
    supervisor = Supervisor(SupervisorOptions(tmp_path, tell=told.steps.append))
    supervisor.add(shell("one", f"trap '' TERM; sleep 60 & echo $! > {tmp_path}/pid; wait; sleep 60"))
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    grandchild = int((tmp_path / "pid").read_text())
    supervisor.close()
    assert told.steps == ["one did not end within 0.3 s: killing it"]
    until(lambda: not is_alive(grandchild))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux (tells children of their parent's death)")
def test_services_end_with_a_killed_supervisor(tmp_path):
    script = (
        "import pathlib, sys, time\n"
        "from local.service import Service\n"
        "from local.supervisor import Supervisor, SupervisorOptions\n"
        "supervisor = Supervisor(SupervisorOptions(pathlib.Path(sys.argv[1])))\n"
        "supervisor.add(Service('one', ('/bin/sleep', '60'), {}, lambda: True))\n"
        "while not supervisor.statuses()[0].pid: time.sleep(0.01)\n"
        "print(supervisor.statuses()[0].pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        child = int(holder.stdout.readline())
    assert is_alive(child)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    until(lambda: not is_alive(child))


def test_what_was_stopped_stays_away_until_it_is_resumed(supervisor):
    supervisor.add(shell("one", "sleep 60"))
    until(lambda: supervisor.statuses()[0].state is State.READY)
    first = supervisor.statuses()[0].pid
    supervisor.kill("one")
    supervisor.stop(["one"])
    assert supervisor.statuses()[0].state is State.STOPPED
    assert not is_alive(first)
    supervisor.resume("one")
    until(lambda: supervisor.statuses()[0].state is State.READY)
    assert is_alive(supervisor.statuses()[0].pid)
    supervisor.stop(["one"])
    assert supervisor.statuses()[0].pid == 0


def test_what_is_removed_is_ended_and_forgotten(supervisor):
    supervisor.add(shell("one", "sleep 60"))
    supervisor.add(shell("two", "sleep 60"))
    until(lambda: all(status.state is State.READY for status in supervisor.statuses()))
    pid = supervisor.statuses()[1].pid
    supervisor.remove("two")
    assert not is_alive(pid)
    assert [status.name for status in supervisor.statuses()] == ["one"]
    with pytest.raises(KeyError):
        supervisor.remove("two")
    supervisor.add(shell("two", "sleep 60"))
    until(lambda: all(status.state is State.READY for status in supervisor.statuses()))
