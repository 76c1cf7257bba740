"""The pipeline in one process, for a run with settings of its own: the stages' own code without the log between.

Windows are a pure function of the sound, and a window's text does not depend on its company, so this gives what the
stages give. The shared topics never see its sound, its windows or its settings.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from processors.glossary.corrector import Corrector
from processors.glossary.segments import segments_of
from processors.glossary.sentences import limits_of
from processors.glossary.words.vocabulary import Dictionaries
from processors.segmenter.from_settings import options_of
from processors.segmenter.partition import PartitionStreams
from processors.segmenter.vad import SileroVad
from processors.transcriber.batching import pick_batch
from processors.transcriber.context import context_frames
from processors.transcriber.decoder import Decoder, Order
from processors.transcriber.engine import load_engine
from processors.transcriber.from_settings import guard_of
from processors.transcriber.hotwords import NO_HOTWORDS, hotwords_of
from processors.transcriber.task import Task
from review.recording import NO_OFFSET, Placed, last_frame_after
from runtime.settings import Settings
from schemas.audio import SAMPLE_BYTES
from schemas.events import AudioFrame, AudioSpan, GlossaryTerm, Segment, SpeechWindow, Transcript
from schemas.glossary.table import glossary_of

NOWHERE = AudioSpan("", 0, NO_OFFSET, NO_OFFSET)
BATCHES_HELD = 4


@dataclass(slots=True)
class Made:
    """What a run made of a recording, in the order in which it was made."""

    windows: list[SpeechWindow] = field(default_factory=list)
    transcripts: list[Transcript] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)


class LocalPipeline:
    """Segmenter, transcriber and glossary with these settings and terms; good for many runs, one after another."""

    def __init__(self, settings: Settings, terms: Iterable[GlossaryTerm]) -> None:
        """Loads the models. Raises ModelError."""
        known = glossary_of(terms)
        whisper, glossary = settings.whisper, settings.glossary
        self._vad = SileroVad()
        self._options = options_of(settings.vad, settings.window)
        engine = load_engine(whisper)
        self._rule = engine.card.context_rule(whisper.context)
        self._decoder = Decoder(engine, guard_of(whisper), engine.card.time_tokens_from_s)
        uses_hotwords = engine.card.takes_hotwords(whisper.hotwords)
        self._order = Order(whisper.beam_size, hotwords_of(known) if uses_hotwords else NO_HOTWORDS)
        self._batch_windows = whisper.batch_windows
        self._corrector = Corrector(known.terms, glossary.fuzzy_threshold, Dictionaries())
        self._limits = limits_of(glossary.sentence_gap_s, glossary.sentence_max_s)
        self.model_name = engine.model_name

    def run(self, frames: Iterable[Placed], session_id: str) -> Made:
        """Plays the frames as a session of this name. Windows and segments name the place of their sound in the log.

        Raises DecodeFailed where the device is at fault.
        """
        made = Made()
        waiting: list[Task] = []
        for window in self._windows(frames, session_id):
            made.windows.append(window)
            context = context_frames(len(window.pcm) // SAMPLE_BYTES, self._rule)
            waiting.append(Task(window, _now_us(), time.monotonic(), context))
            while len(waiting) >= BATCHES_HELD * self._batch_windows:
                self._decode(waiting, made)
        while waiting:
            self._decode(waiting, made)
        return made

    def _windows(self, frames: Iterable[Placed], session_id: str) -> Iterator[SpeechWindow]:
        """The final windows of all channels, each stream ended at its last frame."""
        streams: dict[str, _Channel] = {}
        for placed in frames:
            frame = replace(placed.frame, session_id=session_id)
            channel = streams.get(frame.channel_id)
            if channel is None:
                channel = _Channel(PartitionStreams(placed.topic, placed.partition, self._vad, self._options), placed)
                streams[frame.channel_id] = channel
            yield from channel.take(frame, placed.offset)
        for channel in streams.values():
            yield from channel.end()

    def _decode(self, waiting: list[Task], made: Made) -> None:
        batch = pick_batch(waiting, self._batch_windows)
        taken = {id(task) for task in batch}
        waiting[:] = [task for task in waiting if id(task) not in taken]
        for outcome in self._decoder.transcribe(batch, self._order):
            if isinstance(outcome, Transcript):
                made.transcripts.append(outcome)
                made.segments += segments_of(outcome, _now_us(), self._corrector, self._limits)


class _Channel:
    """One channel on its way through the segmenter."""

    def __init__(self, streams: PartitionStreams, first: Placed) -> None:
        self._streams = streams
        self._is_logged = first.offset != NO_OFFSET
        self._taken = 0
        self._newest: AudioFrame | None = None
        self._offset = NO_OFFSET

    def take(self, frame: AudioFrame, offset: int) -> list[SpeechWindow]:
        """The windows that this frame completes."""
        self._offset = offset if self._is_logged else self._taken
        self._taken += 1
        begins = self._newest is not None and self._newest.last
        self._newest = frame
        windows = self._streams.take(frame, self._offset, 0, interims=False, begins=begins).windows
        return windows if self._is_logged else [replace(window, audio=NOWHERE) for window in windows]

    def end(self) -> list[SpeechWindow]:
        """The windows that the end of the stream completes, if no frame has ended it."""
        if self._newest is None or self._newest.last:
            return []
        return self.take(last_frame_after(self._newest), self._offset + 1)


def _now_us() -> int:
    return time.time_ns() // 1000
