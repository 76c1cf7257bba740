import uuid
from collections.abc import Iterator

import pytest

from local.kafka import Broker
from runtime.settings import KafkaSettings
from schemas.topics import WINDOWS
from tests.support.broker import create_topics, local_settings
from tests.support.committing import commit_ends

PARTITIONS = 2


@pytest.fixture(scope="package")
def two_partitions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaSettings]:
    """A broker of these tests' own: other tests' windows would be decoded, and members need partitions to share."""
    broker = Broker(local_settings(tmp_path_factory.mktemp("broker")))
    broker.start()
    kafka = broker.kafka.model_copy(update={"partitions": PARTITIONS})
    create_topics(kafka)
    yield kafka
    broker.kill()


@pytest.fixture
def kafka(two_partitions: KafkaSettings) -> KafkaSettings:
    """That broker, with a group of this test's own that begins after the windows of earlier tests."""
    kafka = two_partitions.model_copy(update={"group_prefix": f"test-{uuid.uuid4().hex[:12]}"})
    commit_ends(kafka, "transcriber", [WINDOWS.name])
    return kafka
