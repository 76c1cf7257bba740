"""A sound card in a session: sixteen inputs, and a card that is pulled out and plugged in again."""

import logging

import numpy as np
import pytest

from earshot.capture.device import picks_of
from producers.cards import Card
from producers.device import DeviceSource
from producers.mapping import Pick
from runtime.errors import ConfigError
from schemas.topics import CHANNELS
from tests.integration.producers.test_live import capturing, heard_s, pcm_of
from tests.integration.producers.test_publisher import frames_of
from tests.support.sound import pcm_noise
from tests.support.sound_cards import CardsOnTheDesk, as_int32
from tests.support.waiting import wait_until

DESK = Card(0, "desk", 16, 16_000)
PACKET = 160


def speak(cards: CardsOnTheDesk, samples: np.ndarray, lost: int = 0) -> None:
    for start in range(0, samples.shape[1], PACKET):
        cards.speak("desk", as_int32(samples[:, start : start + PACKET]), 16_000, lost if start == 0 else 0)


def test_sixteen_inputs_become_sixteen_channels(broker, session_id):
    cards = CardsOnTheDesk(DESK)
    samples = np.stack([pcm_noise(4_000, seed) for seed in range(16)])
    (picks,) = picks_of([DESK], ())
    with capturing(broker, session_id, DeviceSource(cards, "desk"), picks) as publisher:
        speak(cards, samples)
        wait_until(lambda: heard_s(publisher) == 4.0)
    for index in (0, 7, 15):
        assert pcm_of(frames_of(broker, session_id, CHANNELS[index])) == samples[index].tobytes()


def test_overrun_and_unplugging_are_gaps_and_the_rest_is_whole(broker, session_id, caplog, monkeypatch):
    monkeypatch.setattr("producers.device.SILENT_S", 0.3)
    monkeypatch.setattr("producers.live.BACKOFF_S", 0.1)
    monkeypatch.setattr("producers.live.BACKOFF_MAX_S", 0.1)
    caplog.set_level(logging.WARNING, "producers")
    cards = CardsOnTheDesk(DESK)
    pcm = pcm_noise(12_000)
    samples = np.tile(pcm, (16, 1))
    with capturing(broker, session_id, DeviceSource(cards, "desk"), (Pick(3, "C05"),)) as publisher:
        speak(cards, samples[:, :4_000])
        speak(cards, samples[:, 4_000:8_000], lost=1_600)
        wait_until(lambda: abs(heard_s(publisher) - 0.5) < 1e-6)
        assert publisher.status()[0].gap_s == pytest.approx(0.1)
        card = cards.pull_out("desk")
        wait_until(lambda: "is away" in caplog.text)
        cards.plug_in(card)
        speak(cards, samples[:, 8_000:])
        wait_until(lambda: abs(heard_s(publisher) - 0.75) < 1e-6)
        (status,) = publisher.status()
    frames = frames_of(broker, session_id, "C05")
    assert pcm_of(frames) == pcm.tobytes()
    assert 0.35 < status.gap_s < 30
    assert "overrun: 0.100 s of sound were lost and are marked" in caplog.text
    assert "device 'desk' is away: gives no sound for 0.3 s; is it unplugged?" in caplog.text
    assert "device 'desk' is back: a gap of" in caplog.text


def test_several_cards_share_the_channels():
    left, right = Card(0, "left", 2, 48_000), Card(1, "right", 3, 44_100)
    first, second = picks_of([left, right], ())
    assert [pick.channel_id for pick in first + second] == ["C01", "C02", "C03", "C04", "C05"]
    assert [pick.number for pick in second] == [1, 2, 3]
    assert picks_of([left, right], ("2:C09", "mix:C01"))[0] == (Pick(2, "C09"),)
    for maps, complaint in (
        (("1:C01",), "2 devices and 1 maps"),
        (("1:C01", "1:C01"), "C01 named twice"),
        (("3:C01", "1:C02"), "left: has 2 channels, and the map asks for number 3"),
    ):
        with pytest.raises(ConfigError, match=complaint):
            picks_of([left, right], maps)
    with pytest.raises(ConfigError, match="18 inputs, and a session has 16 channels"):
        picks_of([DESK, left], ())
