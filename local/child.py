"""Child processes that do not outlive us, even when we are killed."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
KILL_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class ChildOptions:
    """How a child is started."""

    environment: Mapping[str, str] | None = None
    """All its variables; None for ours."""
    folder: Path | None = None
    """Its working folder; None for ours."""
    output: IO[bytes] | int | None = None
    """Where its stdout and stderr go; None for ours."""
    errors: IO[bytes] | int | None = None
    """Where its stderr goes, if not the same way."""
    keep_open: tuple[int, ...] = ()
    """Descriptors that it inherits."""
    niceness: int = 0


def start_child(command: Sequence[str], options: ChildOptions | None = None) -> "subprocess.Popen[bytes]":
    """Starts `command` in a process group of its own, so that Ctrl-C reaches only us and we end it in order.

    On Linux the kernel kills the child when the thread that called this ends: call it from one that lives as long as
    the child should. Elsewhere a child may outlive a parent that was killed with SIGKILL. Raises OSError.
    """
    options = options or ChildOptions()
    together = None if options.output is None else subprocess.STDOUT
    return subprocess.Popen(
        list(command),
        env=None if options.environment is None else dict(options.environment),
        cwd=options.folder,
        stdin=subprocess.DEVNULL,
        stdout=options.output,
        stderr=together if options.errors is None else options.errors,
        pass_fds=options.keep_open,
        process_group=0,
        preexec_fn=_death_hook(os.getpid(), options.niceness),  # noqa: PLW1509 - two system calls, no locks
    )


def stop_child(child: "subprocess.Popen[bytes]", timeout_s: float) -> int:
    """Ends the child with SIGTERM, and its whole group with SIGKILL after `timeout_s`; returns its exit status."""
    if child.poll() is None:
        child.terminate()
        try:
            return child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            kill_child(child)
    return child.wait(KILL_WAIT_S)


def kill_child(child: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to the child and its group, or to what is left of the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _death_hook(parent: int, niceness: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def hook() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        if niceness:
            os.nice(niceness)

    return hook
