"""The one thread that owns the model. It takes the next batch when it is free: what comes later may still go first."""

import logging
import threading
import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

from processors.transcriber.decoder import Decoder, Order, Outcome
from processors.transcriber.hotwords import NO_HOTWORDS, Hotwords
from processors.transcriber.lanes import MICROSECONDS, LaneLimits, Lanes, Now
from processors.transcriber.overload import Overload, OverloadRule, Step, next_overload
from processors.transcriber.task import Task, Ticket
from runtime.errors import EarshotError
from schemas.audio import SAMPLE_BYTES

log = logging.getLogger(__name__)
INTERIM_BEAMS = 1
WINDOW_TIME_WEIGHT = 0.3
STEP_CHECK_S = 0.5
"""How often an idle thread looks whether the overload is over."""

SKIPPED = Counter("earshot_transcriber_interims_skipped", "Interim windows not decoded, by reason", ["reason"])
QUEUE = Gauge("earshot_transcriber_queue_windows", "Windows that wait in this process", ["lane"])
BATCH = Histogram(
    "earshot_transcriber_batch_windows", "Windows in a batch", ["lane"], buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
DECODE_SECONDS = Counter("earshot_transcriber_decode_seconds", "Time spent in the model", ["lane"])
AUDIO_SECONDS = Counter("earshot_transcriber_audio_seconds", "Sound decoded, context included", ["lane"])
REAL_TIME = Gauge("earshot_transcriber_real_time_factor", "Time of the last batch for each second of its sound")
STEP = Gauge("earshot_transcriber_overload_step", "0 normal, 1 interims skipped, 2 fewer beams, 3 finals wait")


@dataclass(frozen=True, slots=True)
class Beams:
    """Beams of finals, in peace and in overload."""

    normal: int
    overloaded: int

    def at(self, step: Step) -> int:
        """The beams for finals at this step."""
        return self.overloaded if step >= Step.FAST else self.normal


@dataclass(frozen=True, slots=True)
class Result:
    """A task and what became of it."""

    task: Task
    outcome: Outcome


class ModelThread:
    """Runs the decoder on what waits in the lanes. All methods may be called from one other thread."""

    def __init__(self, decoder: Decoder, limits: LaneLimits, beams: Beams, rule: OverloadRule) -> None:
        self._decoder = decoder
        self._beams = beams
        self._rule = rule
        self._lanes = Lanes(limits)
        self._unknown_window_s = limits.batch_s  # so the first batch is one window, and its time is known soon
        self._changed = threading.Condition()
        self._results: deque[Result] = deque()
        self._overload = Overload()
        self._idle_since_s = float("-inf")
        self._window_s: float | None = None
        self._stopping = False
        self._failure: EarshotError | None = None
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self.hotwords: Hotwords = NO_HOTWORDS
        """What the model is told to listen for, from the next batch on."""

    def start(self) -> None:
        """Begins to decode."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Lets the batch at hand finish, for `timeout_s` at most; what waits is left."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def offer_final(self, task: Task) -> None:
        """Queues a final."""
        with self._changed:
            SKIPPED.labels("final_came").inc(self._lanes.offer_final(task))
            self._changed.notify_all()

    def offer_interim(self, task: Task) -> None:
        """Queues an interim, or skips it."""
        with self._changed:
            SKIPPED.labels("newer_came").inc(self._lanes.offer_interim(task))
            self._changed.notify_all()

    def withdraw(self, tickets: Collection[Ticket]) -> None:
        """Forgets waiting finals that are another member's now."""
        with self._changed:
            self._lanes.withdraw(tickets)

    def results(self) -> list[Result]:
        """What was finished since the last call. Raises what ended the thread."""
        if self._failure is not None:
            raise self._failure
        if not self._thread.is_alive() and not self._stopping:
            raise EarshotError("the model thread has died; its traceback is above")
        return [self._results.popleft() for _ in range(len(self._results))]

    def _run(self) -> None:
        try:
            while batch := self._next_batch():
                self._decode(batch)
        except EarshotError as error:
            log.error("the model thread ends: %s", error)
            self._failure = error

    def _next_batch(self) -> list[Task]:
        """The next batch, as soon as it is due; empty when stopping."""
        with self._changed:
            while not self._stopping:
                now = _now()
                self._shed(now)
                wait_s = self._lanes.wait_s(now, self._idle_since_s)
                if wait_s == 0:
                    batch = self._lanes.take(self._unknown_window_s if self._window_s is None else self._window_s)
                    self._show_queue()
                    return batch
                self._changed.wait(STEP_CHECK_S if wait_s is None and self._overload.step else wait_s)
        return []

    def _shed(self, now: Now) -> None:
        """Gives up what the overload ladder says, and what has become stale."""
        oldest_us = self._lanes.oldest_final_us()
        delay_s = 0.0 if oldest_us is None else (now.utc_us - oldest_us) / MICROSECONDS
        step = self._overload.step
        self._overload = next_overload(self._overload, delay_s, now.monotonic_s, self._rule)
        if self._overload.step != step:
            log.info("overload: %s -> %s (a final waits %.1f s)", step.name, self._overload.step.name, delay_s)
        STEP.set(self._overload.step)
        SKIPPED.labels("stale").inc(self._lanes.skip_stale(now))
        if self._overload.step >= Step.FINALS:
            SKIPPED.labels("overload").inc(self._lanes.clear_interims())
        self._show_queue()

    def _decode(self, batch: list[Task]) -> None:
        final = batch[0].window.final
        order = Order(self._beams.at(self._overload.step) if final else INTERIM_BEAMS, self.hotwords)
        started_s = time.monotonic()
        outcomes = self._decoder.transcribe(batch, order)
        self._idle_since_s = time.monotonic()
        self._results.extend(map(Result, batch, outcomes))
        decode_s = self._idle_since_s - started_s
        if final:
            window_s = decode_s / len(batch)
            before_s = window_s if self._window_s is None else self._window_s
            self._window_s = before_s + (window_s - before_s) * WINDOW_TIME_WEIGHT
        self._measure(batch, decode_s)

    def _measure(self, batch: list[Task], decode_s: float) -> None:
        lane = "final" if batch[0].window.final else "interim"
        audio_s = sum(len(task.window.pcm) / SAMPLE_BYTES / task.window.sample_rate for task in batch)
        BATCH.labels(lane).observe(len(batch))
        DECODE_SECONDS.labels(lane).inc(decode_s)
        AUDIO_SECONDS.labels(lane).inc(audio_s)
        REAL_TIME.set(decode_s / audio_s)

    def _show_queue(self) -> None:
        QUEUE.labels("final").set(self._lanes.finals)
        QUEUE.labels("interim").set(self._lanes.interims)


def _now() -> Now:
    return Now(time.monotonic(), time.time_ns() // 1000)
