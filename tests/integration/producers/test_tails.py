"""Where streams end, on a real broker."""

import numpy as np
from confluent_kafka import Producer

from producers.stream_ends import stream_ends
from runtime.kafka.admin import Admin
from runtime.kafka.connection import client_config
from runtime.settings import KafkaSettings
from schemas.codec import encode
from schemas.topics import audio_topic
from tests.support.broker import create_topics
from tests.support.segmenting import frame_of
from tests.support.waiting import wait_until

CHANNEL = "C01"


def ends_at(kafka: KafkaSettings) -> int:
    return Admin(kafka).watermarks([audio_topic(CHANNEL)])[(audio_topic(CHANNEL), 0)][1]


def test_a_stream_whose_topic_ends_with_the_marker_of_a_transaction(own_broker, session_id):
    """Nobody else may write behind the marker, so the broker is the test's own."""
    broker = own_broker.kafka
    create_topics(broker)
    frame = frame_of(np.ones(1536, np.int16), 4608, session=session_id)
    before = ends_at(broker)
    producer = Producer(client_config(broker, transactional_id=f"{broker.group_prefix}.foreign"))
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(audio_topic(CHANNEL), encode(frame), session_id.encode())
    producer.commit_transaction(30)
    wait_until(lambda: ends_at(broker) == before + 2)
    end = stream_ends(broker, session_id, [CHANNEL], 100)[CHANNEL]
    assert (end.next_sample, end.has_ended) == (6144, False)
