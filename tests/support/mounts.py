"""File systems that take nothing more, for tests; they need the right to mount."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


def _mounted(*command: str) -> None:
    done = subprocess.run(["mount", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the right to mount: {done.stderr.strip() or done.returncode}")


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder as a kernel leaves it after a disk error: what is opened from now on can only be read."""
    _mounted("--bind", str(folder), str(folder))
    try:
        _mounted("-o", "remount,ro,bind", str(folder))
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def few_inodes(folder: Path, inodes: int) -> Iterator[None]:
    """A file system of its own in the folder, with room for so many files."""
    _mounted("-t", "tmpfs", "-o", f"size=256m,nr_inodes={inodes}", "tmpfs", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
