"""Where streams end, on the real broker."""

import numpy as np
from confluent_kafka import Producer

from producers.tails import stream_ends
from runtime.kafka.admin import Admin
from runtime.kafka.connection import client_config
from runtime.settings import KafkaSettings
from schemas.codec import encode
from schemas.topics import audio_topic
from tests.integration.producers.test_broker_away import wait_until
from tests.support.segmenting import frame_of

CHANNEL = "C01"


def ends_at(kafka: KafkaSettings) -> int:
    return Admin(kafka).watermarks([audio_topic(CHANNEL)])[(audio_topic(CHANNEL), 0)][1]


def test_a_stream_whose_topic_ends_with_the_marker_of_a_transaction(broker, session_id):
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
