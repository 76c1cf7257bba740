"""What is told of topics that change under a stage that runs."""

import logging

import pytest

from runtime.errors import TopicMismatch, Unavailable
from runtime.progress import Progress
from runtime.topic_watch import TopicWatch
from schemas.topics import ALL, WINDOWS, Topic

AS_CONFIGURED = {topic.name: 2 for topic in ALL}


class Broker:
    def __init__(self) -> None:
        self.made: list[str] = []
        self.ended: list[str] = []
        self.is_willing = True
        self.progress = Progress()
        self.restarts: list[str] = []
        self.now_s = 100.0
        ends = (self._end, self.restarts.append)
        self.watch = TopicWatch(2, self.progress, self._make, ends, lambda: self.now_s)

    def look(self, found: dict[str, int], after_s: float = 2.0) -> None:
        self.now_s += after_s
        self.watch.look(found)

    def _make(self, topics: list[Topic]) -> list[str]:
        if not self.is_willing:
            raise Unavailable("not now")
        self.made += [topic.name for topic in topics]
        return [topic.name for topic in topics]

    def _end(self, error: TopicMismatch) -> None:
        self.ended.append(str(error))


def test_topics_that_were_never_there_are_left_to_who_starts() -> None:
    broker = Broker()
    broker.watch.look({})
    broker.watch.look(AS_CONFIGURED)
    assert (broker.made, broker.ended, broker.progress.fault) == ([], [], "")


def test_what_was_deleted_is_made_again_and_named(caplog: pytest.LogCaptureFixture) -> None:
    broker = Broker()
    without = {name: 2 for name in AS_CONFIGURED if name != WINDOWS.name}
    broker.look(AS_CONFIGURED)
    broker.is_willing = False
    for _ in range(4):
        assert "cannot be made again" not in caplog.text
        broker.look(without)
    assert "speech.windows cannot be made again: not now" in caplog.text
    broker.is_willing = True
    broker.look(without)
    assert broker.made == [WINDOWS.name]
    assert "speech.windows was deleted: made again, empty" in caplog.text
    assert broker.restarts == []
    broker.look(AS_CONFIGURED)
    assert broker.restarts == ["speech.windows was deleted and made again"]


def test_a_broker_that_has_just_started_and_knows_not_all_yet_restarts_nobody() -> None:
    broker = Broker()
    broker.look(AS_CONFIGURED)
    broker.look({}, after_s=60)
    broker.look({}, after_s=1)
    broker.look(AS_CONFIGURED)
    assert (broker.made, broker.restarts) == ([], [])


def test_added_partitions_are_a_fault_until_they_are_configured(caplog: pytest.LogCaptureFixture) -> None:
    broker = Broker()
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            broker.watch.look({**AS_CONFIGURED, WINDOWS.name: 4})
    assert broker.progress.fault == "speech.windows has 4 partitions, but EARSHOT_KAFKA__PARTITIONS is 2"
    assert len(caplog.messages) == 1
    assert broker.progress.stalled(60) == ""
    broker.watch.look(AS_CONFIGURED)
    assert (broker.progress.fault, broker.ended) == ("", [])


def test_fewer_partitions_end_it() -> None:
    broker = Broker()
    broker.watch.look({topic.name: 1 for topic in ALL})
    (said,) = broker.ended
    assert said.startswith("audio.pcm.C01 has 1 partition (")
    assert "EARSHOT_KAFKA__PARTITIONS is 2: set it to what the topics have" in said


def test_topics_of_others_are_nobodys_business() -> None:
    broker = Broker()
    broker.watch.look({**AS_CONFIGURED, "theirs": 7, "other": 1})
    broker.watch.look(AS_CONFIGURED)
    assert (broker.made, broker.ended, broker.progress.fault) == ([], [], "")
