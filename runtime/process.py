"""One stage as a process: logging, health, the stop signal and the watchdog around its loop."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from runtime.logs import configure_logging
from runtime.ops import OpsServer
from runtime.progress import Progress, Watchdog
from runtime.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Process:
    """What the loop of a stage holds on to."""

    stage: str
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by SIGTERM and SIGINT: finish, commit, return."""
    progress: Progress = field(default_factory=Progress)


@contextmanager
def running(stage: str, settings: Settings, *, handle_signals: bool = True) -> Iterator[Process]:
    """Runs the body as the stage. `handle_signals` is False where a framework (Faust) has handlers of its own."""
    configure_logging(settings.log, stage)
    process = Process(stage)
    if handle_signals:
        _stop_on_signals(process)
    ops = OpsServer(stage, settings.ops, process.progress) if settings.ops.port else None
    watchdog = Watchdog(process.progress, settings.ops.stall_s)
    if ops is not None:
        ops.start()
    watchdog.start()
    log.info("%s starts", stage)
    try:
        yield process
    finally:
        watchdog.stop()
        if ops is not None:
            ops.stop()
    log.info("%s has stopped", stage)


def _stop_on_signals(process: Process) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        log.info("%s: finishing", signal.Signals(number).name)
        process.stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
