"""Two ways into the engine: one for those who read, and one of its own for what the pipeline depends on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from local.clickhouse.faults import TOO_MANY_QUERIES, fault

PIPELINE = "earshot"
"""The name with which the pipeline's own stages ask (the first word of User-Agent)."""
OWN_THREADS = 8
MOST_WAITING = 64

Result = TypeVar("Result")


@dataclass(slots=True)
class Lane:
    """So many queries at a time, each with a thread; others wait their turn for so long."""

    name: str
    places: int
    patience_s: float
    _slots: asyncio.Semaphore = field(init=False)
    _threads: ThreadPoolExecutor = field(init=False)
    _waiting: int = 0

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.places)
        self._threads = ThreadPoolExecutor(self.places, thread_name_prefix=self.name)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of the places. Raises Fault where none becomes free in time, or too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise self._full()
        self._waiting += 1
        try:
            async with asyncio.timeout(self.patience_s):
                await self._slots.acquire()
        except TimeoutError as error:
            raise self._full() from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()

    def run(self, step: Callable[[], Result]) -> asyncio.Future[Result]:
        """Runs a step in one of the lane's threads."""
        return asyncio.get_running_loop().run_in_executor(self._threads, step)

    def close(self) -> None:
        """Ends the threads; those at work end with the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _full(self) -> Exception:
        text = f"Too many simultaneous queries. Maximum: {self.places} (EARSHOT_LOCAL__CLICKHOUSE_READERS)"
        return fault(TOO_MANY_QUERIES, "TOO_MANY_SIMULTANEOUS_QUERIES", text)
