"""The broker stops and starts while a publisher writes: nothing is lost, nothing comes twice, and it is said."""

import logging
import threading

import pytest

from producers.broker_watch import Waits
from producers.publisher import Publisher
from runtime.errors import Unavailable
from tests.integration.producers.test_publisher import frames_of, settings_for
from tests.support.sound import pcm_noise
from tests.support.waiting import wait_until

SECOND = 16_000


def test_sound_is_held_while_the_broker_is_away(own_broker, session_id, caplog):
    caplog.set_level(logging.WARNING, "producers")
    pcm = pcm_noise(12 * SECOND)
    with Publisher(session_id, settings=settings_for(own_broker.kafka, buffer_s=5)) as publisher:
        publisher.write("C01", pcm[: 2 * SECOND])
        wait_until(lambda: publisher.delivered_frames == 20)
        own_broker.kill()
        writer = threading.Thread(target=publisher.write, args=("C01", pcm[2 * SECOND :]))
        writer.start()  # 10 s do not fit the buffer of 5 s: the writer has to wait
        wait_until(lambda: "is away" in caplog.text)
        assert writer.is_alive()
        assert 4.9 <= publisher.buffered_s <= 5.1
        own_broker.start()
        writer.join(30)
        assert not writer.is_alive()
    frames = frames_of(own_broker.kafka, session_id, "C01")
    assert b"".join(frame.pcm for frame in frames) == pcm.tobytes()
    assert [frame.first_sample for frame in frames] == [1536 * number for number in range(len(frames))]
    said = [record.getMessage() for record in caplog.records if record.name == "producers.broker_watch"]
    assert len(said) == 2
    assert "is away: holding" in said[0]
    assert "is back: 5.0 s of sound were held" in said[1]


def test_stop_ends_the_wait_and_says_what_was_not_sent(own_broker, session_id, monkeypatch):
    monkeypatch.setattr("producers.outbox.STOP_FLUSH_S", 0.3)
    stop = threading.Event()
    publisher = Publisher(session_id, settings=settings_for(own_broker.kafka, buffer_s=2), waits=Waits(stop))
    publisher.open(["C01"])
    own_broker.kill()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Unavailable, match="C01 from sample 32256 on was not taken"):
        publisher.write("C01", pcm_noise(4 * SECOND))
    with pytest.raises(Unavailable, match=r"the last 2\.0 s of sound .* were not sent"):
        publisher.close()
