"""A batch of waiting windows → their transcripts: engine, ladder, guard and ownership put together."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import Counter

from processors.transcriber.assembly import NO_WORDS, MadeBy, transcript_of
from processors.transcriber.decoding import Attempt, best_of, fault_of, first_attempt, further_attempts
from processors.transcriber.features import Samples, samples_of
from processors.transcriber.guard import Guard
from processors.transcriber.heard import NOTHING, Heard
from processors.transcriber.hotwords import Hotwords
from processors.transcriber.ownership import owned_words
from processors.transcriber.task import Task
from runtime.errors import DecodeFailed, OutOfMemory
from schemas.events import Provenance, Transcript

log = logging.getLogger(__name__)
FAILURES_IN_A_ROW = 5

RETRIED = Counter("earshot_transcriber_retries", "Windows decoded again, by what was wrong", ["fault"])
REJECTED = Counter("earshot_transcriber_rejected", "Windows whose text was withheld", ["lane", "reason"])
HALVED = Counter("earshot_transcriber_batches_halved", "Batches that did not fit the device's memory")
FAILED = Counter("earshot_transcriber_decode_failures", "Calls of the model that failed")


class Engine(Protocol):
    """What decodes sound: the seam between scheduling and a model."""

    model_name: str
    provenance: Provenance
    """What it decodes by and on."""

    def decode(self, sounds: Sequence[Samples], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
        """What was heard of each sound. Raises OutOfMemory or DecodeFailed."""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A window on which the model fails even alone."""

    task: Task
    error: str


@dataclass(frozen=True, slots=True)
class Order:
    """How a batch is to be decoded."""

    beam_size: int
    hotwords: Hotwords


Outcome = Transcript | Undecodable


class Decoder:
    """Turns batches of one lane and one context into transcripts, one for each window."""

    def __init__(self, engine: Engine, guard: Guard) -> None:
        self._engine = engine
        self._made_by = MadeBy(engine.model_name, engine.provenance)
        self._guard = guard
        self._failures = 0

    def transcribe(self, tasks: Sequence[Task], order: Order) -> list[Outcome]:
        """The outcome of each task, in their order. Raises DecodeFailed where a restart is the only cure."""
        reasons = [self._guard.before(task.window) for task in tasks]
        wanted = [task for task, reason in zip(tasks, reasons, strict=True) if not reason]
        heard = iter(self._decode(wanted, order) if wanted else ())
        return [
            self._judged(task, reason) if reason else self._outcome(task, next(heard), order)
            for task, reason in zip(tasks, reasons, strict=True)
        ]

    def _outcome(self, task: Task, heard: Heard | DecodeFailed, order: Order) -> Outcome:
        if isinstance(heard, DecodeFailed):
            return Undecodable(task, str(heard))
        if task.window.final:
            heard = self._improved(task, heard, order)
        return self._judged(task, self._guard.after(task.window, heard), heard)

    def _judged(self, task: Task, reason: str, heard: Heard = NOTHING) -> Transcript:
        if reason:
            REJECTED.labels("final" if task.window.final else "interim", reason).inc()
        owned = NO_WORDS if reason else owned_words(task.window, heard.words)
        return transcript_of(task, heard, owned, reason, self._made_by)

    def _improved(self, task: Task, heard: Heard, order: Order) -> Heard:
        """The first decoding up the ladder that is good enough, or the best of them."""
        thresholds = self._guard.thresholds
        fault = fault_of(heard, thresholds)
        if not fault:
            return heard
        tried = [heard]
        for again in self._again(task, order, fault):
            RETRIED.labels(fault).inc()
            tried.append(again)
            fault = fault_of(again, thresholds)
            if not fault:
                return again
        return best_of(tried, thresholds)

    def _again(self, task: Task, order: Order, fault: str) -> Iterator[Heard]:
        sound = samples_of(task.window.pcm)
        first = first_attempt(task.context, order.beam_size)
        for attempt in further_attempts(first, len(sound) / task.window.sample_rate, fault):
            (again,) = self._halving([sound], attempt, order.hotwords)
            if isinstance(again, Heard):
                yield again

    def _decode(self, tasks: Sequence[Task], order: Order) -> list[Heard | DecodeFailed]:
        sounds = [samples_of(task.window.pcm) for task in tasks]
        attempt = first_attempt(tasks[0].context, order.beam_size)
        return self._halving(sounds, attempt, order.hotwords)

    def _halving(self, sounds: Sequence[Samples], attempt: Attempt, hotwords: Hotwords) -> list[Heard | DecodeFailed]:
        """Decodes all at once; in halves where memory does not suffice, one by one after any other failure."""
        try:
            heard: list[Heard | DecodeFailed] = list(self._engine.decode(sounds, attempt, hotwords))
        except DecodeFailed as error:
            parts = self._parts_after(error, len(sounds))
            if not parts:
                return [error]
            return [
                one
                for first, last in zip((0, *parts), (*parts, len(sounds)), strict=True)
                for one in self._halving(sounds[first:last], attempt, hotwords)
            ]
        self._failures = 0
        return heard

    def _parts_after(self, error: DecodeFailed, sounds: int) -> tuple[int, ...]:
        """Where to cut a batch that failed; nowhere if it was one window. Raises what only a restart can mend."""
        FAILED.inc()
        if isinstance(error, OutOfMemory) and sounds > 1:
            HALVED.inc()
            log.warning("%s; trying halves", error)
            return (sounds // 2,)
        self._failures += 1
        if _is_device_fault(error) or self._failures >= FAILURES_IN_A_ROW:
            raise error
        log.warning("%s (failure %d of %d in a row)", error, self._failures, FAILURES_IN_A_ROW)
        return tuple(range(1, sounds))


def _is_device_fault(error: DecodeFailed) -> bool:
    """Whether the device is in a state that only a new process gets out of."""
    message = str(error).lower()
    return any(name in message for name in ("cuda", "cublas", "cudnn"))
