"""The pipeline in one process, for a run with settings of its own: the stages' own code without the log between.

Windows are a pure function of the sound, and a window's text does not depend on its company, so this gives what the
stages give. The shared topics never see its sound, its windows or its settings.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from processors.glossary.corrector import Corrector
from processors.glossary.segments import segments_of
from processors.glossary.sentences import limits_of
from processors.glossary.words.vocabulary import Dictionaries
from processors.segmenter.from_settings import options_of
from processors.segmenter.vad import SileroVad
from processors.transcriber.batching import pick_batch
from processors.transcriber.context import context_frames
from processors.transcriber.decoder import Decoder, Order
from processors.transcriber.engine import load_engine
from processors.transcriber.from_settings import guard_of
from processors.transcriber.hotwords import NO_HOTWORDS, hotwords_of
from processors.transcriber.task import Task
from review.recording import Placed
from review.windows import Windowing
from runtime.settings import Settings
from schemas.audio import SAMPLE_BYTES
from schemas.events import GlossaryTerm, Segment, SpeechWindow, Transcript
from schemas.glossary.table import glossary_of

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
        self._windowing = Windowing(SileroVad(), options_of(settings.vad, settings.window))
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
        for window in self._windowing.windows(frames, session_id):
            made.windows.append(window)
            context = context_frames(len(window.pcm) // SAMPLE_BYTES, self._rule)
            waiting.append(Task(window, _now_us(), time.monotonic(), context))
            while len(waiting) >= BATCHES_HELD * self._batch_windows:
                self._decode(waiting, made)
        while waiting:
            self._decode(waiting, made)
        return made

    def _decode(self, waiting: list[Task], made: Made) -> None:
        batch = pick_batch(waiting, self._batch_windows)
        taken = {id(task) for task in batch}
        waiting[:] = [task for task in waiting if id(task) not in taken]
        for outcome in self._decoder.transcribe(batch, self._order):
            if isinstance(outcome, Transcript):
                made.transcripts.append(outcome)
                made.segments += segments_of(outcome, _now_us(), self._corrector, self._limits)


def _now_us() -> int:
    return time.time_ns() // 1000
