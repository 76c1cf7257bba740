"""The auditor's loop: every session that ends is audited once the stages are done with it."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from prometheus_client import REGISTRY

from review.audit import follower
from review.audit.follower import EVEN, STAGE, UNEVEN, Follower
from review.audit.open_sessions import QUIET_S
from runtime.kafka import Reader, ReaderOptions
from runtime.kafka.offsets import GroupOffsets
from runtime.process import Process
from runtime.stage import group_of
from schemas.topics import AUDIO
from tests.integration.review.test_auditing import Told, tell  # noqa: F401 - a fixture

WITHIN_S = 60.0


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def following(settings, clock):
    """The loop with a reader of its own, turned by hand, as soon as it has its partitions."""
    loop = Follower(settings, Process("auditor"), clock)
    topics = tuple(topic.name for topic in AUDIO)
    options = ReaderOptions(topics, group_of(settings.kafka, STAGE), "latest", on_revoke=loop.on_revoke)
    with Reader(settings.kafka, options) as reader, ThreadPoolExecutor(1) as pool:

        def turn_until(done):
            deadline = time.monotonic() + WITHIN_S
            while not done():
                assert time.monotonic() < deadline
                loop.turn(reader, pool)

        turn_until(reader.assignment)
        for place in reader.assignment():
            turn_until(lambda place=place: reader.position(place) >= 0 or reader.lag() == 0)
        yield turn_until, loop
        loop.process.stop.set()


def audited(result: str) -> float:
    return REGISTRY.get_sample_value("earshot_audit_sessions_total", {"result": result}) or 0.0


@pytest.mark.parametrize(("told", "result"), [(Told(), EVEN), (Told(segments=()), UNEVEN)])
def test_a_session_that_ends_is_audited_and_counted(settings, store, tell, told, result, caplog, monkeypatch):  # noqa: F811
    monkeypatch.setattr(follower, "STAGES_STAND_S", 2.0)  # stages that are none never do what other tests publish
    clock = Clock()
    before = audited(result)
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
