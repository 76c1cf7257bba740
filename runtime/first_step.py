"""A coroutine that is run at once up to its first wait: where it nearly always ends before that, no task is needed."""

from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any


class FirstStep:
    """Takes the first step when it is made; awaiting it goes on from there. Await it only if it `has_ended` not."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Raises what the coroutine raises in its first step."""
        self._coroutine = coroutine
        self._waits_for: Any = None
        self.has_ended = False
        self.result: Any = None
        try:
            self._waits_for = coroutine.send(None)
        except StopIteration as end:
            self.has_ended = True
            self.result = end.value

    def __await__(self) -> Generator[Any, Any, Any]:
        waits_for = self._waits_for
        while True:
            try:
                sent = yield waits_for
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's to handle
                step = partial(self._coroutine.throw, error)
            else:
                step = partial(self._coroutine.send, sent)
            try:
                waits_for = step()
            except StopIteration as end:
                return end.value
