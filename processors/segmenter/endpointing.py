"""From probabilities to the start and the end of utterances: hysteresis and a confirmed silence."""

from collections import deque
from enum import Enum, auto

from processors.segmenter.options import EndpointOptions, Hinges


class Phase(Enum):
    """What is going on."""

    UNKNOWN = auto()
    """The stream was entered in its middle: perhaps within an utterance of unknown start."""
    SILENCE = auto()
    SPEECH = auto()


class Decision(Enum):
    """What one chunk is."""

    OUTSIDE = auto()
    """No part of an utterance."""
    STARTED = auto()
    """Voiced, and the first chunk of an utterance."""
    VOICED = auto()
    DIVIDED = auto()
    """Voiced, and the first chunk of an utterance that goes on from one which is ended just before it."""
    UNVOICED = auto()
    """Within an utterance, in a pause that may still end it."""
    ENDED = auto()
    """Confirms the silence that ends the utterance at `pause_chunk` (as it was before this chunk)."""


class Endpointer:
    """Decides chunk by chunk; chunks come in order, without gaps.

    Speech starts with a chunk at or above `start`. A pause is counted from the first chunk below `stop` after the last
    chunk at or above `start`; once it has lasted `silence_chunks` it is confirmed and the utterance ends where the
    pause began. A chunk between the two bounds is voiced unless a pause is being counted.

    Entered in the middle (`known=False`), nothing is decided until a confirmed silence. After it the state equals that
    of a run from the true start: had that run been within an utterance, the same silence would have ended it, and had
    it not, no chunk since then would have started one. (Its pause may have begun earlier, never later.)

    Speech that does not end would have to be heard again from its start after a restart, however long it is. So it is
    divided at fixed places, the hinges, if it was loud in the block before and no pause is being counted. That too
    depends on near audio only: a run entered in its middle that has heard the loud chunk knows that there is speech,
    and takes up from the hinge.
    """

    def __init__(self, options: EndpointOptions, hinges: Hinges, *, known: bool) -> None:
        self._options = options
        self._hinges = hinges
        self._loud_chunk: int | None = None
        self._quiet: deque[int] = deque()
        self.phase = Phase.SILENCE if known else Phase.UNKNOWN
        self.resync_chunk: int | None = None
        """A chunk from which a run entered in its middle would come to this same state: the latest below `stop` that a
        confirmed silence follows, before the open utterance if there is one; or the loud one before the hinge at which
        that was divided. None: only the start of the run."""
        self.resync_before_hinge_chunk: int | None = None
        """The same for the speech before the latest division."""
        self.pause_chunk: int | None = None
        """Where the latest pause of the utterance began; None while there is none."""

    def step(self, chunk: int, probability: float) -> Decision:
        """Takes the next chunk."""
        loud = probability >= self._options.start
        if loud:
            self._quiet.clear()
            self._note_loud(chunk)
        elif probability < self._options.stop:
            self._quiet.append(chunk)
        if self.phase is Phase.SILENCE:
            return self._in_silence(chunk, loud=loud)
        paused_before = self.pause_chunk is not None
        self.pause_chunk = self._quiet[0] if self._quiet else None
        if self.pause_chunk is None:
            if not paused_before and self._is_divided_at(chunk):
                self.phase = Phase.SPEECH
                self.resync_before_hinge_chunk, self.resync_chunk = self.resync_chunk, self._loud_chunk
                return Decision.DIVIDED
            return Decision.VOICED if self.phase is Phase.SPEECH else Decision.OUTSIDE
        confirmed = chunk + 1 - self.pause_chunk >= self._options.silence_chunks
        decision = Decision.UNVOICED if self.phase is Phase.SPEECH else Decision.OUTSIDE
        if confirmed:
            decision = Decision.ENDED if self.phase is Phase.SPEECH else Decision.OUTSIDE
            self.phase = Phase.SILENCE
            self._loud_chunk = None
            self._resync_before(chunk + 1)
        return decision

    def earliest_resync(self, next_chunk: int) -> int:
        """No later value of `resync_chunk` that differs from the present one will lie before this chunk."""
        earliest = self._quiet[0] if self._quiet else next_chunk
        loud = self._loud_chunk
        hinge_is_ahead = loud is not None and next_chunk - loud <= -loud % self._hinges.every_chunks
        return min(earliest, loud) if loud is not None and hinge_is_ahead else earliest

    def _note_loud(self, chunk: int) -> None:
        """Remembers the latest loud chunk that lets the coming hinge divide speech."""
        to_hinge = -chunk % self._hinges.every_chunks
        if self._hinges.reach_chunks <= to_hinge <= self._hinges.within_chunks:
            self._loud_chunk = chunk

    def _is_divided_at(self, chunk: int) -> bool:
        hinge = chunk % self._hinges.every_chunks == 0
        return hinge and self._loud_chunk is not None and chunk - self._loud_chunk <= self._hinges.within_chunks

    def _in_silence(self, chunk: int, *, loud: bool) -> Decision:
        self.pause_chunk = None
        if loud:
            self.phase = Phase.SPEECH
            return Decision.STARTED
        self._resync_before(chunk + 1)
        return Decision.OUTSIDE

    def _resync_before(self, next_chunk: int) -> None:
        while self._quiet and self._quiet[0] + self._options.silence_chunks <= next_chunk:
            self.resync_chunk = self._quiet.popleft()
