"""One stage as a process: logging, health, the stop signal and the watchdog around its loop."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TypeVar

from runtime.dead_letters import count_dead_letters_from_zero
from runtime.errors import Stopped, TopicMismatch, Unavailable
from runtime.kafka.admin import Admin
from runtime.kafka.probe import Probe
from runtime.logs import configure_logging
from runtime.ops import OpsServer
from runtime.outage import Outage
from runtime.progress import STALLED_EXIT_CODE, Progress, Watchdog
from runtime.settings import Settings
from runtime.topic_watch import TopicWatch

log = logging.getLogger(__name__)
STAGE_STOPS_WITHIN_S = 9.0
"""A second less than supervisors and containers wait before they kill."""
CRASHED_EXIT_CODE = 70
BEAT_S = 0.2
STARTING = "starting"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Process:
    """What the loop of a stage holds on to."""

    stage: str
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by SIGTERM and SIGINT: finish, commit, return."""
    progress: Progress = field(default_factory=Progress)
    stops_within_s: float = 0.0
    """After so many seconds of finishing it is cut off; 0 for never."""

    def finish(self, why: str) -> None:
        """Tells it to stop, and sees to it that it does."""
        if self.stop.is_set():
            return
        log.info("%s: finishing", why)
        self.stop.set()
        if self.stops_within_s:
            timer = threading.Timer(self.stops_within_s, self._cut_off)
            timer.daemon = True
            timer.start()

    def goes_on(self) -> None:
        """A start that takes its time beats. Raises Stopped where the process was told to stop meanwhile."""
        self.progress.beat()
        if self.stop.is_set():
            raise Stopped(f"{self.stage} was told to stop before it was ready")

    def started(self, start: Callable[[], T]) -> T:
        """What `start` makes, in a thread of its own: it may take minutes and must not hold up a stop.

        Raises what it raises, or Stopped; the thread is then left behind.
        """
        made: Future[T] = Future()
        threading.Thread(target=_settle, args=(made, start), name=STARTING, daemon=True).start()
        while not made.done():
            self.goes_on()
            wait([made], BEAT_S)
        return made.result()

    def _cut_off(self) -> None:
        log.warning(
            "%s has not stopped within %g s: cut off; what is not committed is done again by the next start",
            self.stage,
            self.stops_within_s,
        )
        _exit_at_once()


def exit_after_a_crash(status: int = CRASHED_EXIT_CODE) -> None:
    """Ends the process if its own end hangs, as Faust's does for ever while the broker is away."""
    timer = threading.Timer(STAGE_STOPS_WITHIN_S, os._exit, (status,))
    timer.daemon = True
    timer.start()


@contextmanager
def running(
    stage: str, settings: Settings, *, stops_within_s: float = 0.0, needs_broker: bool = False
) -> Iterator[Process]:
    """Runs the body as the stage, until it returns; SIGTERM and SIGINT ask it to.

    One that commits what it has done may be cut off `stops_within_s` after it was asked: nothing is lost by it. One
    that `needs_broker` may stand still while none answers.
    """
    configure_logging(settings.log, stage)
    process = Process(stage, stops_within_s=stops_within_s)
    _stop_on_signals(process)
    ops = OpsServer(stage, settings.ops, process.progress) if settings.ops.port else None
    outage = Outage(settings.kafka.bootstrap, process.progress, _topics_looked_at(settings, process))
    if needs_broker:
        count_dead_letters_from_zero(stage)
        outage.start()
    watchdog = Watchdog(process.progress, settings.ops.stall_s, *([outage.look] if needs_broker else []))
    if ops is not None:
        ops.start()
    watchdog.start()
    log.info("%s starts", stage)
    try:
        yield process
    except Stopped:
        if any(thread.name == STARTING for thread in threading.enumerate()):
            _exit_at_once()  # it may be deep in a library that does not survive the interpreter's end
        raise
    except Unavailable as away:
        if stops_within_s and process.stop.is_set():
            raise Stopped(f"{stage} was told to stop while a server was away: {away}") from away
        raise
    finally:
        watchdog.stop()
        outage.stop()
        if ops is not None:
            ops.stop()
    log.info("%s has stopped", stage)


def _topics_looked_at(settings: Settings, process: Process) -> Callable[[], bool]:
    """Asks whether a broker answers, and looks at what it says of its topics."""
    probe = Probe(settings.kafka)
    watch = TopicWatch(
        settings.kafka.partitions,
        process.progress,
        lambda topics: Admin(settings.kafka).ensure_topics(topics),
        (_end_by, _end_to_be_started_again),
    )

    def answers() -> bool:
        found = probe.partitions()
        if found is None:
            return False
        watch.look(found)
        return True

    return answers


def _end_by(error: TopicMismatch) -> None:
    log.critical("%s", error)
    logging.shutdown()
    os._exit(error.exit_code)


def _end_to_be_started_again(why: str) -> None:
    log.critical("%s: ending the process to be started again, so that it reads them from their start", why)
    logging.shutdown()
    os._exit(STALLED_EXIT_CODE)


def _settle(made: "Future[T]", start: Callable[[], T]) -> None:
    try:
        made.set_result(start())
    except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
        made.set_exception(error)


def _exit_at_once() -> None:
    logging.shutdown()
    os._exit(0)


def _stop_on_signals(process: Process) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        process.finish(signal.Signals(number).name)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
