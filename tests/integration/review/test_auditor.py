"""The auditor's loop: every session that ends is audited once the stages are done with it."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from prometheus_client import REGISTRY

from review.audit.follower import EVEN, STAGE, UNEVEN, Follower
from review.audit.open_sessions import QUIET_S
from review.stages import SEGMENTER
from runtime.kafka import Reader
from runtime.kafka.offsets import GroupOffsets
from runtime.process import Process
from runtime.stage import group_of
from tests.integration.review.test_auditing import INPUTS, Told, publish_frames, tell  # noqa: F401 - a fixture
from tests.support.committing import commit_ends

WITHIN_S = 60.0


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def following(settings, clock):
    """The loop with a reader of its own, turned by hand."""
    loop = Follower(settings, Process("auditor"), clock)
    with Reader(settings.kafka, loop.reads()) as reader, ThreadPoolExecutor(1) as pool:

        def turn_until(done):
            deadline = time.monotonic() + WITHIN_S
            while not done():
                assert time.monotonic() < deadline
                loop.turn(reader, pool)

        yield turn_until, loop
        loop.process.stop.set()


def audited(result: str) -> float:
    return REGISTRY.get_sample_value("earshot_audit_sessions_total", {"result": result}) or 0.0


@pytest.mark.parametrize(("told", "result"), [(Told(), EVEN), (Told(segments=()), UNEVEN)])
def test_a_session_that_ends_is_audited_and_counted(settings, store, tell, told, result, caplog):  # noqa: F811
    clock = Clock()
    before = audited(result)
    commit_ends(settings.kafka, STAGE, INPUTS[SEGMENTER])  # it goes on after the sessions of other tests
    with following(settings, clock) as (turn_until, loop):
        session = tell(told)
        turn_until(lambda: session in loop._open._sessions and loop._open._sessions[session].tallies["C01"].is_ended)
        clock.now_s += QUIET_S + 1
        turn_until(lambda: audited(result) > before)
        place = ("audio.pcm.C01", 0)
        clock.now_s += 60
        turn_until(lambda: not loop._pending)
        group = GroupOffsets(settings.kafka, group_of(settings.kafka, STAGE))
        turn_until(lambda: group.committed(["audio.pcm.C01"]).get(place, 0) >= 60)
        group.close()
    assert (f"session {session} does not add up" in caplog.text) == (result == UNEVEN)


def test_sessions_from_before_its_first_start_are_not_its(settings, session_id):
    kafka = settings.kafka.model_copy(update={"group_prefix": session_id})
    earlier, later = f"{session_id}-earlier", f"{session_id}-later"
    publish_frames(kafka, earlier, range(3))
    numbers = itertools.count()

    with following(settings.model_copy(update={"kafka": kafka}), Clock()) as (turn_until, loop):

        def is_followed():  # nobody is told when the reader has found the end
            publish_frames(kafka, f"{later}-{next(numbers)}", range(3))
            return any(session.startswith(later) for session in loop._open._sessions)

        turn_until(is_followed)
        assert earlier not in loop._open._sessions
