"""From one utterance to its windows: own spans that tile it, with shared context at the cuts."""

from collections import deque
from dataclasses import dataclass

from processors.segmenter.options import REACH, WindowOptions
from processors.segmenter.pcm_buffer import PcmBuffer
from processors.segmenter.quiet import quietest, quietest_places
from schemas.audio import CHUNK_SAMPLES
from schemas.events import SampleSpan


@dataclass(frozen=True, slots=True)
class Piece:
    """A window before it has names: positions only, in samples of the stream."""

    utterance_from: int
    first_sample: int
    end_sample: int
    own_from: int
    own_to: int
    voiced: tuple[SampleSpan, ...]
    utterance_end: bool = False
    revision: int = 0
    """0 for a final window; interims count up from 1."""

    @property
    def voiced_samples(self) -> int:
        """How much of the own span is speech."""
        return sum(span.end_sample - span.start_sample for span in self.voiced)

    @property
    def speech_to(self) -> int:
        """Where the last speech of the own span ends."""
        return self.voiced[-1].end_sample if self.voiced else self.own_from


@dataclass(slots=True)
class Cut:
    """A window whose own span is settled and whose context after it is still to come."""

    utterance_from: int
    first_sample: int
    own_from: int
    own_to: int
    voiced: tuple[SampleSpan, ...]


class Utterance:
    """Cuts one utterance. Each result depends on the utterance's audio and decisions only, not on when it is asked.

    An utterance of at most `max_own` is one window. In a longer one the window is cut, when its own span is full, at
    the quietest place between `min_own` and `max_own` (of equals the one with the least speech probability, then the
    earliest). It is complete once the context after the cut has been heard and belongs to the utterance, or the
    utterance has ended.
    """

    def __init__(self, options: WindowOptions, audio: PcmBuffer, own_from: int) -> None:
        self._options = options
        self._audio = audio
        self._utterance_from = own_from
        self._own_from = own_from
        self._first_sample = own_from
        self._cuts: deque[Cut] = deque()
        self._chunks: deque[tuple[int, float, bool]] = deque()
        self._voiced_chunks = 0
        self._was_cut = False
        self._revision = 0
        self._interim_from = own_from

    @property
    def owes_before_hinge(self) -> bool:
        """Whether windows of the speech before a division are still to come."""
        return bool(self._cuts) and self._cuts[0].utterance_from != self._utterance_from

    @property
    def needed_sample(self) -> int:
        """The earliest sample that a coming window needs."""
        return self._cuts[0].first_sample if self._cuts else self._first_sample

    def hear(self, chunk: int, probability: float, *, voiced: bool) -> None:
        """Takes the next chunk, the one that started the utterance first."""
        self._chunks.append((chunk * CHUNK_SAMPLES, probability, voiced))
        self._voiced_chunks += voiced

    def divide(self, at_sample: int) -> None:
        """Ends the utterance at a hinge and begins another there, which looks the same to a run that begins with it."""
        if at_sample > self._own_from:
            self._cut(at_sample)
        self._utterance_from = at_sample
        self._interim_from = at_sample
        self._was_cut = True
        self._first_sample = self._context_before(at_sample, at_sample - self._options.context_far - REACH)

    def ready(self, now: int, pause_from: int | None) -> list[Piece]:
        """The windows that are complete, given that all before `now` was heard and a pause began at `pause_from`."""
        speech_to = now if pause_from is None else pause_from
        utterance_to = now if pause_from is None else min(now, pause_from + self._options.post_roll)
        self._cut_while_full(speech_to)
        pieces = []
        while self._cuts and self._cuts[0].own_to + self._options.context_far + REACH <= utterance_to:
            pieces.append(self._complete(self._cuts.popleft(), utterance_to))
        if pause_from is None:
            pieces += self._interim(now)
        return pieces

    def finish(self, speech_to: int, audio_to: int) -> list[Piece]:
        """The last windows, given that speech ended at `speech_to` and the run holds audio up to `audio_to`."""
        self._cut_while_full(speech_to)
        if self._voiced_chunks < self._options.min_speech_chunks and not self._was_cut:
            return []
        # Trailing audio never makes a window longer than max_own, nor a last window without speech.
        own_to = min(speech_to + self._options.post_roll, audio_to, self._own_from + self._options.max_own)
        pieces = [self._complete(cut, own_to) for cut in self._cuts]
        voiced = self._voiced_before(own_to)
        pieces.append(
            Piece(self._utterance_from, self._first_sample, own_to, self._own_from, own_to, voiced, utterance_end=True)
        )
        return pieces

    def _cut_while_full(self, speech_to: int) -> None:
        while speech_to - self._own_from > self._options.max_own:
            own_to = self._cut_place()
            first_sample = self._context_before(own_to, self._first_sample)
            self._cut(own_to)
            self._first_sample = first_sample

    def _cut(self, own_to: int) -> None:
        voiced = self._voiced_before(own_to)
        self._cuts.append(Cut(self._utterance_from, self._first_sample, self._own_from, own_to, voiced))
        self._was_cut = True
        self._own_from = own_to
        self._revision = 0
        while self._chunks and self._chunks[0][0] + CHUNK_SAMPLES <= own_to:
            self._chunks.popleft()

    def _cut_place(self) -> int:
        latest = self._own_from + self._options.max_own
        earliest = self._own_from + self._options.min_own
        places = quietest_places(self._audio, max(earliest, self._first_sample + REACH), latest - REACH)
        if not len(places):
            return latest
        probability = {start: value for start, value, _ in self._chunks}
        return min((int(place) for place in places), key=lambda place: probability.get(_chunk_start(place), 0.0))

    def _context_before(self, cut: int, heard_from: int) -> int:
        """Where the window after a cut begins, going by the audio from `heard_from` on."""
        earliest = max(cut - self._options.context_far, heard_from)
        latest = min(cut - self._options.context_near, cut - REACH)
        place = quietest(self._audio, max(earliest, heard_from + REACH), latest)
        return earliest if place is None else place

    def _complete(self, cut: Cut, utterance_to: int) -> Piece:
        latest = cut.own_to + self._options.context_far
        end = min(latest, utterance_to)
        if latest + REACH <= utterance_to:
            place = quietest(self._audio, cut.own_to + self._options.context_near, latest)
            end = latest if place is None else place
        return Piece(cut.utterance_from, cut.first_sample, end, cut.own_from, cut.own_to, cut.voiced)

    def _interim(self, now: int) -> list[Piece]:
        wanted = self._options.interim
        enough = self._voiced_chunks >= self._options.min_speech_chunks
        if not wanted or not enough or now - self._interim_from < wanted:
            return []
        self._interim_from = now
        self._revision += 1
        voiced = self._voiced_before(now)
        piece = Piece(
            self._utterance_from, self._first_sample, now, self._own_from, now, voiced, revision=self._revision
        )
        return [piece]

    def _voiced_before(self, own_to: int) -> tuple[SampleSpan, ...]:
        """Where in [own_from, own_to) there is speech."""
        edges: list[tuple[int, int]] = []
        for start, _, voiced in self._chunks:
            from_sample, to_sample = max(start, self._own_from), min(start + CHUNK_SAMPLES, own_to)
            if not voiced or from_sample >= to_sample:
                continue
            if edges and edges[-1][1] == from_sample:
                edges[-1] = (edges[-1][0], to_sample)
            else:
                edges.append((from_sample, to_sample))
        return tuple(SampleSpan(*edge) for edge in edges)


def _chunk_start(sample: int) -> int:
    return sample // CHUNK_SAMPLES * CHUNK_SAMPLES
