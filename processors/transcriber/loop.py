"""The loop of the transcriber: windows in, batches to the model thread, transcripts out."""

import time

from processors.transcriber.finals import FinalLane
from processors.transcriber.hotwords import hotwords_of
from processors.transcriber.interims import InterimLane
from processors.transcriber.model_thread import ModelThread
from runtime.glossary_feed import GlossaryFeed
from runtime.process import Process

IDLE_WAIT_S = 0.02
BUSY_WAIT_S = 0.005
"""How long a turn may wait for windows while an answer may come."""
HOTWORDS_EVERY_S = 0.5
LAST_BATCH_S = 7.0


class Loop:
    """Everything of Kafka happens in the thread that runs this; the model has its own."""

    def __init__(self, process: Process, model: ModelThread, finals: FinalLane, interims: InterimLane) -> None:
        self._process = process
        self._model = model
        self._finals = finals
        self._interims = interims

    def run(self, glossary: GlossaryFeed | None) -> None:
        """Turns until the process is told to stop; then publishes what the model is at."""
        look_at_s = 0.0
        while not self._process.stop.is_set():
            self.turn()
            if glossary is not None and time.monotonic() > look_at_s:
                look_at_s = time.monotonic() + HOTWORDS_EVERY_S
                newer = glossary.changed()
                if newer is not None:
                    self._model.hotwords = hotwords_of(newer)
        self._model.stop(LAST_BATCH_S)
        self._settle()

    def turn(self) -> None:
        """One turn: take in, publish, report."""
        self._finals.pull(BUSY_WAIT_S if len(self._finals) else IDLE_WAIT_S)
        self._interims.pull()
        self._settle()
        self._process.progress.beat()
        self._process.progress.waiting(self._finals.waiting())

    def _settle(self) -> None:
        for result in self._model.results():
            lane = self._finals if result.task.window.final else self._interims
            lane.note(result)
        if self._finals.publish():
            self._process.progress.done()
