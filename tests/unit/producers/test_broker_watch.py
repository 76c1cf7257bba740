"""When the broker counts as away, and what is said."""

import logging

from producers.broker_watch import BrokerWatch


class Outside:
    """What the watch looks at: acknowledgements, buffer and clock, moved by the test."""

    def __init__(self) -> None:
        self.delivered, self.buffered_s, self.now = 0, 0.0, 0.0

    def state(self) -> tuple[int, float, float]:
        return self.delivered, self.buffered_s, 60.0

    def clock(self) -> float:
        return self.now


def test_away_and_back_are_said_once_each(caplog):
    caplog.set_level(logging.WARNING)
    outside = Outside()
    watch = BrokerWatch("kafka:9092", outside.state, outside.clock)
    for _ in range(100):
        outside.now += 0.1
        outside.buffered_s += 0.1
        watch.look()
    assert watch.is_away
    outside.delivered += 1
    outside.buffered_s = 3.0
    for _ in range(10):
        watch.look()
    assert not watch.is_away
    assert [record.getMessage() for record in caplog.records] == [
        "the broker at kafka:9092 is away: holding 2.1 s of sound, room for 60 s (all channels together); "
        "nothing is lost while there is room",
        "the broker at kafka:9092 is back: 10.0 s of sound were held",
    ]


def test_nothing_to_send_is_no_absence(caplog):
    outside = Outside()
    watch = BrokerWatch("kafka:9092", outside.state, outside.clock)
    for _ in range(100):
        outside.now += 1
        watch.look()
    assert not watch.is_away
    assert not caplog.records


def test_slow_broker_is_not_away():
    outside = Outside()
    watch = BrokerWatch("kafka:9092", outside.state, outside.clock)
    for _ in range(100):
        outside.now += 1
        outside.delivered += 1
        outside.buffered_s = 30
        watch.look()
    assert not watch.is_away
