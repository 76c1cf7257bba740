"""What a follower of the channels sees: finals once, and the newest guess of each stream until they come. Pure."""

from collections import OrderedDict
from dataclasses import dataclass, field

from schemas.events import Segment

Stream = tuple[str, str]
EXPIRY_S = 10.0
"""A guess that nothing followed goes away: its window may have turned out to hold no words."""
REMEMBERED_WINDOWS = 1024


@dataclass(slots=True)
class _Guess:
    window_id: str
    revision: int
    seen_at: float
    pieces: dict[str, Segment] = field(default_factory=dict)


class LiveLines:
    """Takes segments as they come and knows what to show."""

    def __init__(self) -> None:
        self._guesses: dict[Stream, _Guess] = {}
        self._settled: OrderedDict[str, None] = OrderedDict()

    def take(self, segment: Segment, now: float) -> Segment | None:
        """The segment if it is a final one to be written down, else None. `now` is in seconds."""
        stream = (segment.session_id, segment.channel_id)
        if segment.final:
            self._settle(stream, segment.window_id)
            return segment
        if segment.window_id in self._settled:
            return None
        guess = self._guesses.get(stream)
        if guess is None or guess.window_id != segment.window_id or segment.revision > guess.revision:
            guess = self._guesses[stream] = _Guess(segment.window_id, segment.revision, now)
        if segment.revision == guess.revision:
            guess.pieces[segment.segment_id] = segment
            guess.seen_at = now
        return None

    def guesses(self, now: float) -> list[tuple[Stream, str]]:
        """The newest guess of each stream, by channel."""
        for stream in [stream for stream, guess in self._guesses.items() if now - guess.seen_at > EXPIRY_S]:
            del self._guesses[stream]
        shown = sorted(self._guesses.items(), key=lambda item: (item[0][1], item[0][0]))
        return [(stream, _text_of(guess)) for stream, guess in shown]

    def _settle(self, stream: Stream, window_id: str) -> None:
        guess = self._guesses.get(stream)
        if guess is not None and guess.window_id == window_id:
            del self._guesses[stream]
        self._settled[window_id] = None
        while len(self._settled) > REMEMBERED_WINDOWS:
            self._settled.popitem(last=False)


def _text_of(guess: _Guess) -> str:
    pieces = sorted(guess.pieces.values(), key=lambda segment: (segment.start_sample, segment.segment_id))
    return " ".join(piece.text for piece in pieces)
