"""Sound cards without hardware, at the seam where PortAudio is."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from producers.cards import Card, Packet
from runtime.errors import Unavailable
from tests.support.waiting import PATIENCE_S


class CardsOnTheDesk:
    """Cards that a test plugs in, plugs out and speaks into."""

    def __init__(self, *cards: Card) -> None:
        self._plugged = list(cards)
        self._listeners: dict[str, Callable[[Packet], None]] = {}
        self._heard_s: dict[str, float] = {}
        self._changed = threading.Condition()
        self.opened: list[tuple[str, int, int]] = []
        """Name, channels and rate of every opening."""

    def inputs(self) -> list[Card]:
        return [replace(card, number=number) for number, card in enumerate(self._plugged)]

    def open(self, card: Card, rate_hz: int, on_packet: Callable[[Packet], None]) -> "OpenDeskCard":
        if all(there.name != card.name for there in self._plugged):
            raise Unavailable("cannot be opened: it was pulled out")
        with self._changed:
            self.opened.append((card.name, card.channels, rate_hz))
            self._listeners[card.name] = on_packet
            self._changed.notify_all()
        return OpenDeskCard(self, card.name)

    def speak(self, name: str, samples: NDArray, rate_hz: int, lost: int = 0) -> None:
        """The card captures int32 samples of shape (samples, channels), after `lost` ones that overran."""
        with self._changed:
            assert self._changed.wait_for(lambda: name in self._listeners, PATIENCE_S), f"nobody listens to {name}"
            at_s = self._heard_s.get(name, 1000.0) + lost / rate_hz
            self._heard_s[name] = at_s + samples.shape[0] / rate_hz
            self._listeners[name](Packet(samples.copy(), at_s, lost > 0))

    def pull_out(self, name: str) -> Card:
        """Unplugs the card: it gives no sound any more, and is not in the list."""
        (card,) = [card for card in self._plugged if card.name == name]
        self._plugged.remove(card)
        with self._changed:
            self._listeners.pop(name, None)
        return card

    def plug_in(self, card: Card) -> None:
        self._plugged.append(card)

    def shut(self, name: str) -> None:
        with self._changed:
            self._listeners.pop(name, None)


class OpenDeskCard:
    def __init__(self, cards: CardsOnTheDesk, name: str) -> None:
        self._cards = cards
        self._name = name

    def close(self) -> None:
        self._cards.shut(self._name)


def as_int32(samples: NDArray[np.int16]) -> NDArray[np.int32]:
    """Sixteen-bit samples of shape (channels, samples) as a card hands them out."""
    return np.ascontiguousarray(np.atleast_2d(samples).astype(np.int32).T << 16)
