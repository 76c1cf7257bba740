"""A batch of waiting windows → their transcripts: engine, ladder, guard and ownership put together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from prometheus_client import Counter

from processors.transcriber.assembly import NO_WORDS, Judgement, MadeBy, transcript_of
from processors.transcriber.coverage import uncovered_spans
from processors.transcriber.decoding import Attempt, best_of, fault_of, first_attempt, further_attempts
from processors.transcriber.guard import NO_VOICE, Guard
from processors.transcriber.halving import Engine, HalvingEngine
from processors.transcriber.heard import NOTHING, Heard
from processors.transcriber.hotwords import Hotwords
from processors.transcriber.ownership import owned_words
from processors.transcriber.recovery import Draft, recovered
from processors.transcriber.sound import Sound, sound_of
from processors.transcriber.task import Task
from runtime.errors import DecodeFailed
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import Transcript

RETRIED = Counter("earshot_transcriber_retries", "Windows decoded again, by what was wrong", ["fault"])
REJECTED = Counter("earshot_transcriber_rejected", "Windows whose text was withheld", ["lane", "reason"])
UNCOVERED = Counter("earshot_transcriber_uncovered_seconds", "Speech in final windows that no word covers")


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

    def __init__(self, engine: Engine, guard: Guard, time_tokens_from_s: float = inf) -> None:
        self._engine = HalvingEngine(engine)
        self._made_by = MadeBy(engine.model_name, engine.provenance)
        self._guard = guard
        self._time_tokens_from_s = time_tokens_from_s

    def transcribe(self, tasks: Sequence[Task], order: Order) -> list[Outcome]:
        """The outcome of each task, in their order. Raises DecodeFailed where a restart is the only cure."""
        reasons = [self._guard.before(task.window) for task in tasks]
        wanted = [task for task, reason in zip(tasks, reasons, strict=True) if not reason]
        heard = iter(self._decoded(wanted, order) if wanted else ())
        return [
            self._judged(task, reason) if reason else self._outcome(task, next(heard))
            for task, reason in zip(tasks, reasons, strict=True)
        ]

    def _outcome(self, task: Task, heard: Heard | DecodeFailed) -> Outcome:
        if isinstance(heard, DecodeFailed):
            return Undecodable(task, str(heard))
        return self._judged(task, self._guard.after(task.window, heard), heard)

    def _judged(self, task: Task, reason: str, heard: Heard = NOTHING) -> Transcript:
        if reason:
            REJECTED.labels("final" if task.window.final else "interim", reason).inc()
        owned = NO_WORDS if reason else owned_words(task.window, heard.words)
        missing = () if reason in NO_VOICE else uncovered_spans(task.window, () if reason else heard.words)
        if task.window.final:
            UNCOVERED.inc(sum(span.end_sample - span.start_sample for span in missing) / SAMPLE_RATE_HZ)
        return transcript_of(task, heard, owned, Judgement(reason, missing), self._made_by)

    def _decoded(self, tasks: Sequence[Task], order: Order) -> list[Heard | DecodeFailed]:
        """What was heard of each window in the end; interims are decoded once."""
        attempt = first_attempt(tasks[0].context, order.beam_size, self._time_tokens_from_s)
        heard = self._engine.decode([sound_of(task.window) for task in tasks], attempt, order.hotwords)
        if not tasks[0].window.final:
            return heard
        heard = [
            self._improved(task, one, order) if isinstance(one, Heard) else one
            for task, one in zip(tasks, heard, strict=True)
        ]
        return self._covered(tasks, heard, attempt, order)

    def _covered(
        self, tasks: Sequence[Task], heard: Sequence[Heard | DecodeFailed], attempt: Attempt, order: Order
    ) -> list[Heard | DecodeFailed]:
        """The same, with the speech that no word covers decoded again, in windows whose text is told."""
        drafts = {
            place: Draft(task.window, one)
            for place, (task, one) in enumerate(zip(tasks, heard, strict=True))
            if isinstance(one, Heard) and not self._guard.after(task.window, one)
        }

        def again(sounds: Sequence[Sound]) -> list[Heard | None]:
            RETRIED.labels("uncovered").inc(len(sounds))
            answers = self._engine.decode(sounds, attempt, order.hotwords)
            return [one if isinstance(one, Heard) and self._guard.is_sure(one) else None for one in answers]

        done = dict(zip(drafts, recovered(list(drafts.values()), again), strict=True))
        return [done[place].heard if place in done else one for place, one in enumerate(heard)]

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
        sound = sound_of(task.window)
        first = first_attempt(task.context, order.beam_size, self._time_tokens_from_s)
        for attempt in further_attempts(first, sound.duration_s, fault):
            (again,) = self._engine.decode([sound], attempt, order.hotwords)
            if isinstance(again, Heard):
                yield again
