"""A door in front of a TCP server that can be shut, as when the server is away."""

import asyncio
import contextlib
import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Self


class Gate:
    """Passes everything on to `port` while open; refuses and cuts connections while shut."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._room: int | None = None
        self.was_full = threading.Event()
        """Set when `pass_only` has let through what it was to."""
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def open(self) -> None:
        """Lets connections through."""
        self._done(self._open())

    def shut(self) -> None:
        """Refuses new connections and cuts those there are."""
        self._done(self._shut())

    def pass_only(self, octets: int) -> None:
        """Lets so many more octets of what comes in through to the server, and then none: a line that stands still."""
        self.was_full.clear()
        self._room = octets

    def pass_all(self) -> None:
        """Ends `pass_only` for the connections that come; those that stand still stay so until `shut`."""
        self._room = None

    def _done(self, work: object) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)  # type: ignore[arg-type]
        future.result(10)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        behind: asyncio.StreamWriter | None = None
        try:
            behind_reader, behind = await asyncio.open_connection("127.0.0.1", self._behind)
            await asyncio.gather(self._pass_in(reader, behind), _pass_on(behind_reader, writer))
        except asyncio.CancelledError:
            pass
        finally:
            self._passing.discard(task)
            for end in (writer, behind):
                if end is not None:
                    end.close()

    async def _pass_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 12):
                if self._room is not None:
                    data, self._room = data[: self._room], max(0, self._room - len(data))
                writer.write(data)
                await writer.drain()
                if self._room == 0:
                    self.was_full.set()
                    await asyncio.Event().wait()
            writer.write_eof()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
