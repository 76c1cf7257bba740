"""Ports that no other test of this machine is given, in whatever run: each takes the next ones, in turn.

Found by chance and released, as a program finds them, a port may go to two tests before either listens on it.
"""

import fcntl
import tempfile
from pathlib import Path

from local.ports import FIRST, LAST, is_free

COUNTER = Path(tempfile.gettempdir()) / "earshot-test-ports"


def free_ports(count: int) -> list[int]:
    """`count` ports of the loopback address, one after the other, on which nothing listens."""
    with COUNTER.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        first = int(file.read() or FIRST)
        while taken := [port for port in range(first, first + count) if port > LAST or not is_free(port)]:
            first = taken[-1] + 1 if taken[-1] <= LAST else FIRST
        file.truncate(0)
        file.write(str(first + count))
        return list(range(first, first + count))


def free_port() -> int:
    """One such port."""
    return free_ports(1)[0]
