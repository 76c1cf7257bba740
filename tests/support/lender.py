"""Servers that all tests of a run share, also over the workers of pytest-xdist.

The process that the user started owns them, starts each when it is first asked for, and ends them with the run;
workers ask it over a socket. So there is one broker however many workers there are, and none that nobody asked for.
"""

import contextlib
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any, Protocol

from runtime.errors import EarshotError

KEY = b"tests of one run"


class Server(Protocol):
    """Something that can be lent: where it is reached, and its end."""

    @property
    def address(self) -> str: ...

    def stop(self) -> object: ...


Starter = Callable[[Path], Server]


class Lender:
    """Starts servers on demand and tells workers where they are."""

    def __init__(self, starters: dict[str, Starter]) -> None:
        self._starters = starters
        self._servers: dict[str, Server] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="earshot-tests-", ignore_cleanup_errors=True)
        self._listener = Listener(str(Path(self._folder.name) / "lender"), "AF_UNIX", authkey=KEY)
        # Children die with the thread that starts them, so one thread that lives as long as the run starts them all.
        self._thread = threading.Thread(target=self._serve, name="lender", daemon=True)
        self._thread.start()

    @property
    def where(self) -> str:
        """The socket at which workers ask."""
        return str(self._listener.address)

    def stop(self) -> None:
        """Ends what was started."""
        ask(self.where, "")
        self._thread.join(30)
        self._folder.cleanup()

    def _serve(self) -> None:
        while True:
            with self._listener.accept() as connection:
                name = connection.recv()
                if not name:
                    break
                connection.send(self._address_of(name))
        for server in self._servers.values():
            server.stop()
        self._listener.close()

    def _address_of(self, name: str) -> str | Exception:
        if name not in self._servers:
            folder = Path(self._folder.name) / name
            folder.mkdir(exist_ok=True)
            try:
                self._servers[name] = self._starters[name](folder)
            except (EarshotError, OSError) as error:
                return error
        return self._servers[name].address


def ask(where: str, name: str) -> str:
    """The address of the shared server called `name`, started now if it is the first who asks."""
    with Client(where, "AF_UNIX", authkey=KEY) as connection:
        connection.send(name)
        answer: Any = ""
        with contextlib.suppress(EOFError):
            answer = connection.recv()
    if isinstance(answer, Exception):
        raise answer
    return str(answer)
