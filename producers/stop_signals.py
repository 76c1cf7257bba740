"""Ctrl-C and SIGTERM in a capture script: its streams end in order, and then the script."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

DEFAULTS: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


class StopSignals:
    """Answers those two signals while a script is inside `with Publisher(…)`.

    Only in the main thread, where the script answers them itself in no other way, and not at a Python prompt.
    """

    def __init__(self, stop: threading.Event) -> None:
        """`stop` is set by the first signal."""
        self.was_told = False
        self._stop = stop
        self._depth = 0
        self._taken: list[int] = []

    def take(self) -> None:
        """From now on the signals mean: end in order."""
        if not _is_main() or hasattr(sys, "ps1"):
            return
        for number, default in DEFAULTS.items():
            if signal.getsignal(number) == default:
                signal.signal(number, self._on_signal)
                self._taken.append(number)

    def give_back(self) -> None:
        """From now on the signals mean what they meant before."""
        for number in self._taken:
            signal.signal(number, DEFAULTS[number])
        self._taken.clear()

    def hold(self) -> None:
        """From now on a signal interrupts nothing."""
        self._depth += 1

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Within, a signal does not interrupt the main thread: the script ends right afterwards."""
        if not _is_main():
            yield
            return
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if self.was_told and not self._depth:
            raise SystemExit(0)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.was_told = True
        self._stop.set()
        if not self._depth:
            raise SystemExit(0)


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()
