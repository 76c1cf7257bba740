"""One run: audio of a stream without a gap, from its first sample to the last."""

from processors.segmenter.endpointing import Decision, Endpointer, Phase
from processors.segmenter.options import REACH, SegmenterOptions
from processors.segmenter.pcm_buffer import PcmBuffer, Samples
from processors.segmenter.probabilities import Probabilities, SpeechModel
from processors.segmenter.windowing import Piece, Utterance
from schemas.audio import CHUNK_SAMPLES

VOICED = (Decision.STARTED, Decision.VOICED, Decision.DIVIDED)


class Run:
    """Samples in, pieces of speech out, and from where on a restart must hear again.

    `whole`: the run is known to start at `origin` (the stream starts there, or a gap was seen before it). Otherwise it
    was entered in its middle, and emits nothing until it is certain to agree with a run from the true start.
    """

    def __init__(self, model: SpeechModel, options: SegmenterOptions, origin: int, *, whole: bool) -> None:
        self._options = options
        self._origin = origin
        self._whole = whole
        self.audio = PcmBuffer(origin)
        self._probabilities = Probabilities(model, options.grid, self.audio, whole=whole)
        self._endpointer = Endpointer(options.endpoint, options.hinges, known=whole)
        self._utterance: Utterance | None = None

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._utterance is not None

    def add(self, samples: Samples) -> None:
        """Takes the samples that follow."""
        self.audio.append(samples)

    def pieces(self) -> list[Piece]:
        """What can be said of the audio so far; the audio of the pieces is kept until `forget`."""
        pieces: list[Piece] = []
        for chunk, probability in self._probabilities.hear():
            pieces += self._decide(chunk, probability)
        return pieces

    def finish(self) -> list[Piece]:
        """The last pieces; nothing may be added after."""
        pieces: list[Piece] = []
        for chunk, probability in self._probabilities.hear(to_the_end=True):
            pieces += self._decide(chunk, probability)
        pieces += self._end_utterance(self._pause_from())
        return [piece for piece in pieces if not piece.revision]

    def forget(self) -> None:
        """Drops the audio that no later piece needs."""
        needed = self._probabilities.needed_sample
        if self._utterance is not None:
            needed = min(needed, self._utterance.needed_sample)
        before = max(self._options.window.pre_roll, self._options.window.context_far + REACH)
        self.audio.drop_before(min(needed, self._probabilities.next_chunk * CHUNK_SAMPLES - before))

    def resume_sample(self) -> int | None:
        """A restart that hears this sample comes to the same pieces from here on. None: it must see the run start.

        It is the primed start of the block with the chunk from which a run entered in its middle would agree.
        """
        if self._endpointer.phase is Phase.UNKNOWN:
            return self._from_primed(self._endpointer.earliest_resync(self._probabilities.next_chunk))
        if self._owes_before_hinge:
            return self._from_primed(self._endpointer.resync_before_hinge_chunk)
        return self._from_primed(self._endpointer.resync_chunk)

    def earliest_resume_sample(self) -> int:
        """No later `resume_sample` that differs from the present one will lie before this."""
        chunk = self._endpointer.earliest_resync(self._probabilities.next_chunk)
        if self._owes_before_hinge and self._endpointer.resync_chunk is not None:
            chunk = min(chunk, self._endpointer.resync_chunk)
        sample = self._from_primed(chunk)
        return self._origin if sample is None else sample

    @property
    def _owes_before_hinge(self) -> bool:
        return self._utterance is not None and self._utterance.owes_before_hinge

    def _from_primed(self, chunk: int | None) -> int | None:
        if chunk is None:
            return None
        sample = self._options.grid.primed_chunk(chunk) * CHUNK_SAMPLES
        return None if self._whole and sample < self._origin else sample

    def _decide(self, chunk: int, probability: float) -> list[Piece]:
        decision = self._endpointer.step(chunk, probability)
        if decision is Decision.OUTSIDE:
            return []
        if decision is Decision.STARTED:
            own_from = max(self._origin, chunk * CHUNK_SAMPLES - self._options.window.pre_roll)
            self._utterance = Utterance(self._options.window, self.audio, own_from)
        if decision is Decision.DIVIDED:
            if self._utterance is None:
                self._utterance = Utterance(self._options.window, self.audio, chunk * CHUNK_SAMPLES)
            self._utterance.divide(chunk * CHUNK_SAMPLES)
        if self._utterance is None:
            raise AssertionError("a chunk of an utterance that never started")
        self._utterance.hear(chunk, probability, voiced=decision in VOICED)
        if decision is Decision.ENDED:
            return self._end_utterance(self._pause_from())
        now = min((chunk + 1) * CHUNK_SAMPLES, self.audio.end)
        return self._utterance.ready(now, self._pause_from())

    def _pause_from(self) -> int | None:
        chunk = self._endpointer.pause_chunk
        return None if chunk is None else chunk * CHUNK_SAMPLES

    def _end_utterance(self, pause_from: int | None) -> list[Piece]:
        if self._utterance is None:
            return []
        speech_to = self.audio.end if pause_from is None else pause_from
        pieces = self._utterance.finish(speech_to, self.audio.end)
        self._utterance = None
        return pieces
