"""Free ports found, and wanted ports checked before a server is started on them."""

import random
import socket
from collections.abc import Iterable

from runtime.errors import PortTaken

HOST = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections, so that none is lost between
# being found free and being used.
FIRST, LAST = 20_000, 32_000
ATTEMPTS = 1000


def free_ports(count: int) -> list[int]:
    """`count` different ports of the loopback address on which nothing listens."""
    chooser = random.SystemRandom()
    found: set[int] = set()
    for _ in range(ATTEMPTS):
        if len(found) == count:
            return list(found)
        port = chooser.randint(FIRST, LAST)
        if port not in found and is_free(port):
            found.add(port)
    raise PortTaken(f"found only {len(found)} free ports of {count} between {FIRST} and {LAST} on {HOST}")


def free_port() -> int:
    """A port of the loopback address on which nothing listens."""
    return free_ports(1)[0]


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def require_free(wanted: Iterable[tuple[int, str]]) -> None:
    """Checks `(port, name of its setting)` pairs. Raises PortTaken naming every port that is in use."""
    taken = [
        f"port {port} is in use: end what uses it, or set {setting}" for port, setting in wanted if not is_free(port)
    ]
    if taken:
        raise PortTaken("; ".join(taken))
