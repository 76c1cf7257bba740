"""Sound cards: choice, overruns, silence, clock drift."""

import threading

import numpy as np
import pytest

from producers.cards import Card, Packet, find_card
from producers.device import DeviceSource, Inbox, check_rate
from producers.drift import Drift
from runtime.errors import ConfigError, Unavailable
from tests.support.sound import pcm_noise
from tests.support.sound_cards import CardsOnTheDesk, as_int32

DESK = Card(0, "Desk 16", 16, 48_000)
MIC = Card(1, "USB Mic", 1, 44_100)
MIC_2 = Card(2, "USB Mic 2", 1, 44_100)


def test_cards_are_found_by_number_by_name_and_by_a_part_of_it():
    cards = [DESK, MIC, MIC_2]
    assert find_card(cards, "2") == MIC_2
    assert find_card(cards, "USB Mic") == MIC  # the whole name beats a part of another
    assert find_card(cards, "desk") == DESK
    assert find_card(cards, "7") is None
    assert find_card(cards, "line") is None
    with pytest.raises(ConfigError, match="'usb' may be any of 1 USB Mic; 2 USB Mic 2"):
        find_card(cards, "usb")


def test_card_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(Unavailable, match=r"is not there \(devices: 0 Desk 16\)"):
        DeviceSource(CardsOnTheDesk(DESK), "line").find()


def test_card_by_number_is_the_same_card_when_the_numbers_have_moved():
    cards = CardsOnTheDesk(MIC, DESK)
    source = DeviceSource(cards, "1")
    assert source.find().name == "Desk 16"
    cards.pull_out("USB Mic")
    assert source.find().name == "Desk 16"
    desk = cards.pull_out("Desk 16")
    cards.plug_in(MIC)
    cards.plug_in(MIC_2)
    with pytest.raises(Unavailable, match="is not there"):
        source.find()
    cards.plug_in(desk)
    assert source.find().name == "Desk 16"


def test_packets_come_out_as_they_went_in_and_overruns_are_measured():
    cards = CardsOnTheDesk(Card(0, "two", 2, 48_000))
    source = DeviceSource(cards, "two")
    stop = threading.Event()
    samples = np.stack([pcm_noise(900, 1), pcm_noise(900, 2)])

    def speak() -> None:
        for start, lost in ((0, 0), (300, 0), (600, 4_800)):
            cards.speak("two", as_int32(samples[:, start : start + 300]), 48_000, lost)

    thread = threading.Thread(target=speak)
    thread.start()
    arrivals = source.listen(stop)
    got = [next(arrivals) for _ in range(3)]
    thread.join()
    stop.set()
    assert list(arrivals) == []
    assert np.array_equal(np.concatenate([arrival.block.samples for arrival in got], axis=1) >> 16, samples)
    assert [arrival.block.missing for arrival in got] == [0, 0, 4_800]
    assert source.overruns == 1
    assert cards.opened == [("two", 2, 48_000)]


def test_another_rate_and_fewer_inputs_may_be_asked_for():
    cards = CardsOnTheDesk(DESK)
    source = DeviceSource(cards, "desk", 96_000)
    source.inputs = 3
    stop = threading.Event()
    arrivals = source.listen(stop)
    threading.Timer(0.1, stop.set).start()
    assert list(arrivals) == []
    assert cards.opened == [("Desk 16", 3, 96_000)]


def test_card_that_gives_nothing_is_away(monkeypatch):
    monkeypatch.setattr("producers.device.SILENT_S", 0.3)
    with pytest.raises(Unavailable, match="gives no sound"):
        next(DeviceSource(CardsOnTheDesk(MIC), "mic").listen(threading.Event()))


def test_full_inbox_drops_new_packets_and_says_so_with_the_next():
    inbox = Inbox(packets=2)
    packets = [Packet(np.zeros((1, 1), np.int32), float(number), False) for number in range(5)]
    for packet in packets[:4]:
        inbox.put(packet)
    assert inbox.get(0) == (packets[0], False)
    assert inbox.get(0) == (packets[1], False)
    inbox.put(packets[4])
    assert inbox.get(0) == (packets[4], True)
    assert inbox.get(0.01) is None


@pytest.mark.parametrize("ppm", [0, 80, -250])
def test_drift_is_measured_through_lumpy_packets(ppm):
    drift = Drift()
    random = np.random.default_rng(0)
    for packet in range(12_000):  # two minutes of 10 ms, each up to 20 ms late
        drift.push(480, 48_000, packet * 0.01 / (1 + ppm / 1e6) + random.uniform(0, 0.02))
    assert drift.ppm == pytest.approx(ppm, abs=60)


def test_drift_says_nothing_before_half_a_minute():
    drift = Drift()
    for packet in range(2_900):
        drift.push(480, 48_000, packet * 0.01)
    assert drift.ppm is None


def test_rates():
    check_rate(None)
    check_rate(48_000)
    with pytest.raises(ConfigError, match="--rate 5"):
        check_rate(5)
