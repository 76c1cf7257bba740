"""Carries a plan out on the processes of a stack and its producer."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from bench.chaos.kill_log import KillLog
from bench.chaos.plan import KAFKA, PRODUCER, Blow, Kind
from bench.chaos.producer import Producer
from local.stack import Stack

WAIT_FOR_VICTIM_S = 45.0
POLL_S = 0.05
SECOND = 2
"""The member that joins."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A process to be hit; `name` is the service's."""

    name: str
    pid: int


class Blows:
    """Each blow has a thread of its own, so that they overlap as they come; `ended` when the last is over."""

    def __init__(self, stack: Stack, producer: Producer, log: KillLog) -> None:
        self._stack = stack
        self._producer = producer
        self._log = log
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._joining = threading.Lock()
        self._choosing = threading.Lock()
        self._away: set[str] = set()
        self._killed: set[int] = set()

    def begin(self, plan: Sequence[Blow]) -> None:
        """Carries out `plan`, counted from the log's start."""
        for blow in plan:
            thread = threading.Thread(target=self._at_its_time, args=(blow,), name=f"{blow.kind} {blow.target}")
            thread.start()
            self._threads.append(thread)

    @property
    def ended(self) -> bool:
        """Whether everything was done, and what was frozen or away is back."""
        return not any(thread.is_alive() for thread in self._threads)

    def cease(self) -> None:
        """Does no more, lets go on what is frozen or away, and returns when that is done."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _at_its_time(self, blow: Blow) -> None:
        if self._stop.wait(max(0.0, blow.at_s - self._log.now_s)):
            return
        if blow.kind is Kind.JOIN:
            self._join(blow)
            return
        victim = self._victim(blow)
        if victim is None:
            self._log.note(blow, "", 0, f"{blow.target} was not there")
            return
        self._deed(blow.kind)(blow, victim)

    def _deed(self, kind: Kind) -> Callable[[Blow, Victim], None]:
        return {
            Kind.KILL: self._kill,
            Kind.FREEZE: self._freeze,
            Kind.RESTART: self._restart,
            Kind.AWAY: self._take_away,
        }[kind]

    def _kill(self, blow: Blow, victim: Victim) -> None:
        self._log.note(blow, victim.name, victim.pid)
        _signal(victim.pid, signal.SIGKILL)

    def _restart(self, blow: Blow, victim: Victim) -> None:
        self._log.note(blow, victim.name, victim.pid)
        _signal(victim.pid, signal.SIGTERM)

    def _freeze(self, blow: Blow, victim: Victim) -> None:
        self._log.note(blow, victim.name, victim.pid)
        _signal(victim.pid, signal.SIGSTOP)
        self._stop.wait(blow.for_s)
        _signal(victim.pid, signal.SIGCONT)

    def _take_away(self, blow: Blow, victim: Victim) -> None:
        if victim.name in self._away:
            self._log.note(blow, "", 0, f"{victim.name} is away already")
            return
        self._away.add(victim.name)
        self._kill(blow, victim)
        with contextlib.suppress(KeyError):  # a second member may have been taken away for good meanwhile
            self._stack.stop_one(victim.name)
            self._stop.wait(blow.for_s)
            self._stack.resume(victim.name)
        self._away.discard(victim.name)

    def _join(self, blow: Blow) -> None:
        with self._joining:  # two at a time would take one port
            name = self._stack.add(blow.target, SECOND)
        self._log.note(blow, name, 0)
        self._stop.wait(blow.for_s)
        self._log.note(Blow(blow.at_s, blow.target, Kind.LEAVE), name, self._pid_of(name))
        self._stack.remove(name)

    def _victim(self, blow: Blow) -> Victim | None:
        """The process to be hit, waited for while its supervisor starts it again."""
        deadline = time.monotonic() + WAIT_FOR_VICTIM_S
        while not self._stop.is_set() and time.monotonic() < deadline:
            victim = self._chosen(blow)
            if victim is not None:
                return victim
            if blow.target == PRODUCER and self._producer.has_ended:
                return None
            time.sleep(POLL_S)
        return None

    def _chosen(self, blow: Blow) -> Victim | None:
        """One that was not killed already: a kill counts once."""
        with self._choosing:
            victims = [victim for victim in self._victims(blow.target) if victim.pid not in self._killed]
            if not victims:
                return None
            victim = victims[int(blow.pick * len(victims)) % len(victims)]
            if blow.kind in (Kind.KILL, Kind.AWAY):
                self._killed.add(victim.pid)
            return victim

    def _victims(self, target: str) -> list[Victim]:
        if target == PRODUCER:
            return [Victim(PRODUCER, self._producer.pid)] if self._producer.pid else []
        running = [(status.name, status.pid) for status in self._stack.services if status.pid]
        chosen = [Victim(name, pid) for name, pid in running if name == target or name.startswith(f"{target}-")]
        return [Victim(name.name, _broker_of(name.pid)) for name in chosen] if target == KAFKA else chosen

    def _pid_of(self, name: str) -> int:
        return next((status.pid for status in self._stack.services if status.name == name), 0)


def _broker_of(pid: int) -> int:
    """The Java process below the one that keeps it; that one, while there is no other."""
    try:
        children = psutil.Process(pid).children(recursive=True)
        return next((child.pid for child in children if child.name() == "java"), pid)
    except psutil.Error:
        return pid


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
