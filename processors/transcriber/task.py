"""One window that waits for the model."""

from dataclasses import dataclass

from schemas.events import SpeechWindow

Ticket = int


@dataclass(frozen=True, slots=True)
class Task:
    """A window with what scheduling needs to know of it."""

    window: SpeechWindow
    windowed_at: int
    """UTC µs of the window's Kafka record."""
    arrived_s: float
    """When this process got it, on its monotonic clock."""
    context: int
    """Encoder input in mel frames: only windows of one context share a batch."""
    ticket: Ticket = -1
    """Its place in the ledger; -1 for an interim, which has none."""

    @property
    def stream(self) -> tuple[str, str]:
        """The session and channel it belongs to."""
        return self.window.session_id, self.window.channel_id
