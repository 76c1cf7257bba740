"""One sound card as a live source: overruns become gaps, an unplugged card is sought, its clock is watched."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from producers.cards import Card, Cards, Packet, find_card
from producers.decoding import Block
from producers.drift import Drift
from producers.live import Arrival, now_us
from runtime.errors import ConfigError, Unavailable

log = logging.getLogger(__name__)
QUEUE_PACKETS = 4_000  # over 30 s at the usual 10 ms a packet
SILENT_S = 2.0  # a card that runs gives a packet every few milliseconds
POLL_S = 0.2
DRIFT_EVERY_S = 600.0


class DeviceSource:
    """A card by number or name, at its own rate unless another is asked for."""

    def __init__(
        self, cards: Cards, wanted: str, rate_hz: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = f"device {wanted!r}"
        self.overruns = 0
        """Times that samples were lost: by the card, or because nobody took them."""
        self.inputs: int | None = None
        """Only so many inputs are opened; None for all."""
        self.drift = Drift()
        self._cards = cards
        self._wanted = wanted
        self._found: str | None = None  # its name: numbers move when something is plugged in or out
        self._rate_hz = rate_hz
        self._clock = clock

    def find(self) -> Card:
        """The card, if it is there. Raises Unavailable if not, ConfigError if several fit."""
        cards = self._cards.inputs()
        card = find_card(cards, self._wanted)
        if self._found is not None:
            card = next((other for other in cards if other.name == self._found), None)
        if card is None:
            there = "; ".join(f"{card.number} {card.name}" for card in cards) or "none"
            raise Unavailable(f"is not there (devices: {there})")
        self._found = card.name
        return card

    def listen(self, stop: threading.Event) -> Iterator[Arrival]:
        """What the card captures, until it gives nothing for two seconds."""
        card = self.find()
        if self.inputs is not None:
            card = replace(card, channels=min(self.inputs, card.channels))
        rate_hz = self._rate_hz or card.rate_hz
        inbox = Inbox()
        self.drift = Drift()
        opened = self._cards.open(card, rate_hz, inbox.put)
        log.info("%s: %d %s, %d channels at %d Hz", self.name, card.number, card.name, card.channels, rate_hz)
        try:
            yield from self._read(inbox, card, rate_hz, stop)
        finally:
            opened.close()
            self._tell_drift()

    def _read(self, inbox: "Inbox", card: Card, rate_hz: int, stop: threading.Event) -> Iterator[Arrival]:
        heard_at = told_at = self._clock()
        expected_s: float | None = None
        while not stop.is_set():
            item = inbox.get(POLL_S)
            if item is None:
                if self._clock() - heard_at > SILENT_S:
                    raise Unavailable(f"gives no sound for {SILENT_S:g} s; is it unplugged?")
                continue
            heard_at = self._clock()
            packet, is_after_drop = item
            missing = 0
            if (packet.is_after_overrun or is_after_drop) and expected_s is not None:
                self.overruns += 1
                missing = max(1, round((packet.captured_s - expected_s) * rate_hz))
                log.warning("%s: overrun: %.3f s of sound were lost and are marked", self.name, missing / rate_hz)
            samples = packet.samples.shape[0]
            expected_s = packet.captured_s + samples / rate_hz
            self.drift.push(missing + samples, rate_hz, heard_at)
            if heard_at - told_at > DRIFT_EVERY_S:
                told_at = heard_at
                self._tell_drift()
            yield Arrival(Block(packet.samples.T, missing), rate_hz, card.channels, now_us())

    def _tell_drift(self) -> None:
        ppm = self.drift.ppm
        if ppm is not None:
            log.info("%s: its clock runs at %+.0f ppm against this machine's", self.name, ppm)


class Inbox:
    """Packets from the card's thread, which must not wait; when it is full, new ones are dropped."""

    def __init__(self, packets: int = QUEUE_PACKETS) -> None:
        self._queue: queue.Queue[tuple[Packet, bool]] = queue.Queue(packets)
        self._has_dropped = False

    def put(self, packet: Packet) -> None:
        """Takes a packet in, if there is room."""
        try:
            self._queue.put_nowait((packet, self._has_dropped))
            self._has_dropped = False
        except queue.Full:
            self._has_dropped = True

    def get(self, timeout_s: float) -> tuple[Packet, bool] | None:
        """The next packet, and whether some were dropped before it; None if there is none in time."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None


def check_rate(rate_hz: int | None) -> None:
    """Raises ConfigError for a rate that no card has."""
    if rate_hz is not None and not 1_000 <= rate_hz <= 768_000:
        raise ConfigError(f"--rate {rate_hz}: no sample rate of sound")
