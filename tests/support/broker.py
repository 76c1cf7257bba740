"""The real broker for tests: one shared by the run, or one of a test's own that may be killed."""

import time
from collections.abc import Iterable
from pathlib import Path

from local.kafka import Broker
from runtime.errors import Unavailable
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings, LocalSettings
from schemas.topics import ALL, Topic
from tests.support.ports import free_ports
from tests.support.waiting import PATIENCE_S

PROCESSES = 16
"""Each has the next ops port, those that are added later too."""


def local_settings(folder: Path) -> LocalSettings:
    """A local stack of the test's own: free ports, one for each of its processes too, data below `folder`."""
    kafka, controller, clickhouse, ops, *_ = free_ports(3 + PROCESSES)
    return LocalSettings(
        data_dir=str(folder),
        kafka_port=kafka,
        kafka_controller_port=controller,
        clickhouse_port=clickhouse,
        ops_port=ops,
    )


def create_topics(kafka: KafkaSettings, topics: Iterable[Topic] = ALL) -> None:
    """Creates topics and waits until each has its leader, which is a moment after the broker says that it exists."""
    admin = Admin(kafka)
    wanted = list(topics)
    admin.ensure_topics(wanted)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            admin.watermarks([topic.name for topic in wanted])
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


class BrokerWithTopics:
    """A broker that has every topic."""

    def __init__(self, folder: Path) -> None:
        self._broker = Broker(local_settings(folder))
        self._broker.start()
        create_topics(self._broker.kafka)

    @property
    def address(self) -> str:
        """Its bootstrap address."""
        return self._broker.kafka.bootstrap

    def stop(self) -> object:
        """Ends it at once; nobody wants its data."""
        return self._broker.kill()
