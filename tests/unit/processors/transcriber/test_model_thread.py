"""The thread that owns the model: order, overload, ends. The engine says how long each window is."""

import threading
import time
from collections.abc import Sequence

import pytest

from processors.transcriber.batching import BatchLimits
from processors.transcriber.decoder import Decoder
from processors.transcriber.decoding import Attempt, Thresholds
from processors.transcriber.guard import Guard
from processors.transcriber.heard import Heard
from processors.transcriber.hotwords import Hotwords
from processors.transcriber.lanes import LaneLimits
from processors.transcriber.model_thread import Beams, ModelThread, Result
from processors.transcriber.overload import OverloadRule, Step
from processors.transcriber.sound import Sound
from processors.transcriber.task import Task
from runtime.errors import DecodeFailed, EarshotError
from tests.support.speech_windows import interim, task, window
from tests.support.transcribing import LengthEngine
from tests.support.waiting import wait_until

LIMITS = LaneLimits(BatchLimits(4, 0.0), interim_windows=2, interim_max_age_s=60.0)

PATIENT = OverloadRule(60, 70, 80)


class GatedEngine(LengthEngine):
    """Waits at a gate before every batch, and notes the beams it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Semaphore(0)
        self.beams: list[int] = []

    def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
        assert self.gate.acquire(timeout=30)
        self.beams.append(attempt.beam_size)
        return super().decode(sounds, attempt, hotwords)


def thread(engine: LengthEngine, rule: OverloadRule = PATIENT) -> ModelThread:
    model = ModelThread(Decoder(engine, Guard(Thresholds(), min_voiced_ms=0)), LIMITS, Beams(5, 2), rule)
    model.start()
    return model


def now_us() -> int:
    return time.time_ns() // 1000


def final(number: int, age_s: float = 0.0) -> Task:
    of = window(channel_id=f"C{number:02d}")
    return task(of, ticket=number, arrived_s=time.monotonic(), windowed_at=now_us() - int(age_s * 1e6))


def guess(number: int) -> Task:
    return task(interim(0, 1, channel_id=f"C{number:02d}"), arrived_s=time.monotonic(), windowed_at=now_us())


def results_of(model: ModelThread, count: int) -> list[Result]:
    found: list[Result] = []

    def are_all_here() -> bool:
        found.extend(model.results())
        return len(found) >= count

    wait_until(are_all_here)
    return found


def test_a_final_that_comes_while_the_model_works_goes_before_the_interims_that_wait() -> None:
    engine = GatedEngine()
    model = thread(engine)
    model.offer_interim(guess(1))
    wait_until(lambda: not model._lanes.interims)
    model.offer_interim(guess(2))
    model.offer_final(final(3))
    engine.gate.release(9)

    assert [result.task.window.channel_id for result in results_of(model, 3)] == ["C01", "C03", "C02"]
    assert engine.beams == [1, 5, 1]
    model.stop(10)


def test_windows_gather_to_a_batch_while_the_model_works() -> None:
    engine = GatedEngine()
    model = thread(engine)
    model.offer_final(final(0))
    wait_until(lambda: not model._lanes.finals)
    for number in range(1, 6):
        model.offer_final(final(number))
    engine.gate.release(9)
    results_of(model, 6)

    assert engine.batches == [1, 4, 1]
    model.stop(10)


def test_in_overload_interims_are_skipped_and_finals_get_fewer_beams() -> None:
    engine = GatedEngine()
    model = thread(engine, rule=OverloadRule(1, 5, 15))
    model.offer_final(final(1, age_s=6))
    wait_until(lambda: model._overload.step == Step.FAST)
    model.offer_interim(guess(2))
    model.offer_final(final(3, age_s=20))
    engine.gate.release(9)
    results_of(model, 2)
    wait_until(lambda: not model._lanes.interims)

    assert engine.beams == [2, 2]
    model.stop(10)


def test_withdrawn_windows_are_not_decoded() -> None:
    engine = GatedEngine()
    model = thread(engine)
    model.offer_final(final(0))
    wait_until(lambda: not model._lanes.finals)
    model.offer_final(final(1))
    model.offer_final(final(2))
    model.withdraw([1])
    engine.gate.release(9)

    assert [result.task.ticket for result in results_of(model, 2)] == [0, 2]
    model.stop(10)


def test_stopping_lets_the_batch_at_hand_finish_and_leaves_the_rest() -> None:
    engine = GatedEngine()
    model = thread(engine)
    model.offer_final(final(0))
    wait_until(lambda: not model._lanes.finals)
    model.offer_final(final(1))
    threading.Timer(0.1, engine.gate.release, (9,)).start()
    model.stop(30)

    assert [result.task.ticket for result in model.results()] == [0]


def test_what_ends_the_thread_is_told_to_the_main_thread() -> None:
    class Broken(LengthEngine):
        def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
            raise DecodeFailed("CUDA failed with error unknown error")

    model = thread(Broken())
    model.offer_final(final(0))

    with pytest.raises(DecodeFailed, match="CUDA"):
        results_of(model, 1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_the_thread_does_not_leave_a_process_that_only_looks_alive() -> None:
    class Buggy(LengthEngine):
        def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
            raise KeyError("bug")

    model = thread(Buggy())
    model.offer_final(final(0))

    with pytest.raises(EarshotError, match="model thread has died"):
        results_of(model, 1)
