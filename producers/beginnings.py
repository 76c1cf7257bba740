"""Which frame a producer begins with, where that is not the first of its stream."""

from runtime.record import Headers
from schemas.audio import BEGINS_HEADER
from schemas.events import AudioFrame


class Beginnings:
    """The streams that one producer has begun to send.

    A reader that meets a stream in its middle must take it for one that goes on from what it has not read, and says
    nothing of it until it is sure of its step. So a producer that goes on after an end says so.
    """

    def __init__(self) -> None:
        self._begun: set[tuple[str, str]] = set()

    def headers(self, frame: AudioFrame) -> Headers:
        """What goes beside the frame that is sent next."""
        stream = (frame.session_id, frame.channel_id)
        is_first = stream not in self._begun
        self._begun.add(stream)
        if frame.last:
            self._begun.discard(stream)
        return ((BEGINS_HEADER, b""),) if is_first and frame.first_sample else ()
