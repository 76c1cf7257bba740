"""What is said of a broker that is away."""

import logging

import pytest

from runtime.outage import SAY_EVERY_S, Outage
from runtime.progress import Progress


class Broker:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.is_up = True
        self.progress = Progress(lambda: self.now_s)
        self.outage = Outage("there:9092", self.progress, lambda: self.is_up, lambda: self.now_s)

    def looked_at(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now_s += 1
            self.outage.look()


def test_an_outage_is_said_at_intervals_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    broker = Broker()
    with caplog.at_level(logging.INFO):
        broker.looked_at(100)
        assert caplog.messages == []
        broker.is_up = False
        broker.looked_at(round(2.5 * SAY_EVERY_S))
        assert broker.progress.away_s > 2 * SAY_EVERY_S
        assert broker.progress.stalled(1) == ""
        broker.is_up = True
        broker.looked_at(10)
    said = [message.partition(":9092 ")[2] for message in caplog.messages]
    assert said == [
        "(for 0 s): it is waited for, and nothing is lost",
        "(for 60 s): it is waited for, and nothing is lost",
        "(for 120 s): it is waited for, and nothing is lost",
        "again, after 150 s",
    ]
    assert broker.progress.away_s == 0


def test_an_outage_is_as_old_as_the_first_question_without_an_answer() -> None:
    now_s = [100.0]
    progress = Progress(lambda: now_s[0])

    def no_answer() -> bool:
        now_s[0] += 5
        return False

    Outage("there:9092", progress, no_answer, lambda: now_s[0]).look()
    assert progress.away_s == 5
