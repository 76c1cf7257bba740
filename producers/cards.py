"""Sound cards through PortAudio; the only file that touches sounddevice."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from runtime.errors import ConfigError, Unavailable

SAMPLE_TYPE = "int32"  # what a card gives fits in, whatever its bits
INSTALL = "install the Python package sounddevice and, on Linux, PortAudio (`apt install libportaudio2`)"


@dataclass(frozen=True, slots=True)
class Card:
    """An input device."""

    number: int
    name: str
    channels: int
    rate_hz: int
    """What it runs at by default."""


@dataclass(frozen=True, slots=True)
class Packet:
    """What a card handed over at once."""

    samples: NDArray[Any]
    """Shape (samples, channels), int32."""
    captured_s: float
    """When its first sample was captured, by the stream's own clock."""
    is_after_overrun: bool
    """The card says that samples before these were lost."""


class OpenCard(Protocol):
    """A card that is being listened to."""

    def close(self) -> None:
        """Listens no longer."""


class Cards(Protocol):
    """The sound cards of this machine."""

    def inputs(self) -> list[Card]:
        """The devices that can capture, looked for afresh unless one is open."""

    def open(self, card: Card, rate_hz: int, on_packet: Callable[[Packet], None]) -> OpenCard:
        """Listens to all channels of a card; `on_packet` is called by a thread that must not wait.

        Raises Unavailable if the card cannot be opened.
        """


class PortAudioCards:
    """The cards that PortAudio sees."""

    def __init__(self) -> None:
        """Raises ConfigError where PortAudio is not installed."""
        try:
            import sounddevice  # noqa: PLC0415 - only who captures from cards needs it
        except (ImportError, OSError) as error:
            raise ConfigError(f"capture from sound cards: {error}; {INSTALL}") from error
        self._portaudio = sounddevice
        self._lock = threading.Lock()  # PortAudio itself has none: two sources that begin at once would crash it
        self._open = 0

    def inputs(self) -> list[Card]:
        """The devices that can capture, looked for afresh unless one is open."""
        with self._lock:
            if not self._open:  # PortAudio lists devices once, when it starts
                self._portaudio._terminate()
                self._portaudio._initialize()
            return [
                Card(number, info["name"], info["max_input_channels"], round(info["default_samplerate"]))
                for number, info in enumerate(self._portaudio.query_devices())
                if info["max_input_channels"]
            ]

    def open(self, card: Card, rate_hz: int, on_packet: Callable[[Packet], None]) -> OpenCard:
        """Listens to all channels of a card."""

        def on_sound(samples: NDArray[Any], frames: int, times: Any, status: Any) -> None:
            on_packet(Packet(samples.copy(), times.inputBufferAdcTime, bool(status.input_overflow)))

        with self._lock:
            try:
                stream = self._portaudio.InputStream(
                    device=card.number, channels=card.channels, samplerate=rate_hz, dtype=SAMPLE_TYPE, callback=on_sound
                )
                stream.start()
            except (self._portaudio.PortAudioError, ValueError) as error:
                raise Unavailable(f"cannot be opened with {card.channels} × {rate_hz} Hz ({error})") from error
            self._open += 1
        return _OpenStream(stream, self)

    def close(self, stream: Any) -> None:
        """Closes a stream; with none open, devices are looked for afresh."""
        with self._lock:
            stream.close(ignore_errors=True)
            self._open -= 1


class _OpenStream:
    def __init__(self, stream: Any, cards: PortAudioCards) -> None:
        self._stream = stream
        self._cards = cards

    def close(self) -> None:
        self._cards.close(self._stream)


def find_card(cards: list[Card], wanted: str) -> Card | None:
    """The card of that number or name (a part of it will do); None if there is none now.

    Raises ConfigError if several fit.
    """
    if wanted.isdecimal():
        return next((card for card in cards if card.number == int(wanted)), None)
    exact = [card for card in cards if card.name == wanted]
    fitting = exact or [card for card in cards if wanted.casefold() in card.name.casefold()]
    if len(fitting) > 1:
        names = "; ".join(f"{card.number} {card.name}" for card in fitting)
        raise ConfigError(f"device {wanted!r} may be any of {names}: name one by its number, or by more of its name")
    return fitting[0] if fitting else None
