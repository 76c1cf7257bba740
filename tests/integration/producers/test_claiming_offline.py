"""Claims and a broker that is away: behind the claim, or before anybody could be asked."""

import threading

import pytest

from producers.broker_watch import Waits
from producers.claiming import Taken
from producers.publisher import Publisher
from producers.tails import Tails
from review.spans import read_spans, whole
from runtime.errors import Unavailable
from runtime.kafka import Record
from runtime.settings import KafkaSettings
from schemas.codec import decode
from schemas.events import AudioFrame
from schemas.topics import audio_topic
from tests.integration.producers.test_claiming import SECOND, publish
from tests.integration.producers.test_publisher import frames_of, settings_for
from tests.support.sound import pcm_noise
from tests.support.waiting import wait_until


def test_a_broker_that_goes_away_after_the_claim(own_broker, session_id, monkeypatch, caplog):
    """What stands before the claim is read when it is back, and nothing is sent until then."""
    monkeypatch.setattr("producers.claiming.SAY_AFTER_S", 0.5)
    pcm = pcm_noise(SECOND)
    is_away = threading.Event()
    attach, follow = Tails.attach, Tails.follow

    def attach_and_fetch_nothing(tails: Tails) -> None:
        attach(tails)
        tails._opened().pause()

    def follow_once_it_is_away(tails: Tails) -> list[tuple[str, Record]]:
        if not is_away.is_set():
            is_away.wait()
            tails._opened().resume()
        return follow(tails)

    monkeypatch.setattr(Tails, "attach", attach_and_fetch_nothing)
    monkeypatch.setattr(Tails, "follow", follow_once_it_is_away)
    with Publisher(session_id, settings=settings_for(own_broker.kafka)) as publisher:
        writer = threading.Thread(target=publish, args=(publisher, pcm))
        writer.start()
        wait_until(lambda: len(everything_on(own_broker.kafka, "C01")) == 1)
        own_broker.kill()
        is_away.set()
        wait_until(lambda: "waiting for the broker at" in caplog.text)
        assert publisher.status() == []
        own_broker.start()
        writer.join(60)
        assert not writer.is_alive()
    frames = frames_of(own_broker.kafka, session_id, "C01")
    assert b"".join(frame.pcm for frame in frames) == pcm.tobytes()


def test_sound_that_was_spooled_while_another_has_the_session(own_broker, session_id, tmp_path):
    """Found out while it records, or by the next capture: no sound is lost, and none is mixed into the other's."""
    kafka = own_broker.kafka
    sounds = [pcm_noise(2 * SECOND, seed) for seed in range(3)]
    spools = [settings_for(kafka, connect_s=0.5, spool_dir=str(tmp_path / name)) for name in ("one", "two")]
    with Publisher(session_id, settings=settings_for(kafka)) as first:
        publish(first, sounds[0])
    own_broker.kill()
    stop = threading.Event()
    ended = Publisher(session_id, settings=spools[0], waits=Waits(stop))
    publish(ended, sounds[1])
    stop.set()
    with pytest.raises(Unavailable, match="stay in the spool"):
        ended.close()
    running = Publisher(session_id, settings=spools[1])
    publish(running, sounds[2])
    own_broker.start()
    with pytest.raises(Taken, match=r"has been recorded already on C01.* (1\.9|2\.0) s .* stays in the spool as"):
        running.close()
    for settings in spools:
        with Publisher(f"{session_id}-next", settings=settings):
            pass
    found: dict[str, bytes] = {}
    for frame in everything_on(kafka, "C01"):
        found[frame.session_id] = found.get(frame.session_id, b"") + frame.pcm
    assert found.pop(session_id) == sounds[0].tobytes()
    assert all(name.startswith(f"{session_id}-") for name in found)
    apart = [pcm for pcm in found.values() if pcm]
    assert len(apart) == 2
    assert sounds[1].tobytes() in apart
    # the end of what a running capture holds in its hands when it ends by this may be less than a frame
    assert any(sounds[2].tobytes().startswith(pcm) and len(pcm) >= 2 * 20 * 1536 for pcm in apart)


def everything_on(kafka: KafkaSettings, channel: str) -> list[AudioFrame]:
    spans = whole(kafka, [audio_topic(channel)])
    return [decode(AudioFrame, record.value) for record in read_spans(kafka, spans)]
