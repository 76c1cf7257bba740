"""The glossary stage as a process: transcripts in, corrected segments out, terms kept hot beside it."""

import logging
from contextlib import closing
from pathlib import Path

from processors.glossary.corrector import Corrector
from processors.glossary.sentences import limits_of
from processors.glossary.step import STAGE, GlossaryStep
from processors.glossary.terms_feed import TermsFeed
from processors.glossary.words.vocabulary import Dictionaries
from runtime.faust_stage import run_stage
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.process import STAGE_STOPS_WITHIN_S, running
from runtime.settings import GlossarySettings, Settings
from runtime.stage import StageOptions
from schemas.glossary.table import Glossary
from schemas.topics import GLOSSARY, TRANSCRIPTS, TRANSCRIPTS_INTERIM

log = logging.getLogger(__name__)
BROKER_TIMEOUT_S = 120.0


class HotGlossary:
    """The newest corrector; a push replaces it whole, so a transcript is corrected by one version only."""

    def __init__(self, glossary: GlossarySettings) -> None:
        self._threshold = glossary.fuzzy_threshold
        self._words = Dictionaries()
        self._corrector = Corrector((), self._threshold, self._words)

    def corrector(self) -> Corrector:
        """The corrector of the newest terms."""
        return self._corrector

    def take(self, glossary: Glossary) -> None:
        """Puts new terms to use."""
        self._corrector = Corrector(glossary.terms, self._threshold, self._words)
        log.info("corrects by glossary version %s", glossary.version or "none")


def run(settings: Settings) -> None:
    """Runs the stage until SIGTERM. Raises Unavailable where no broker answers."""
    with running(STAGE, settings, stops_within_s=STAGE_STOPS_WITHIN_S, needs_broker=True) as process:
        wait_for_broker(settings.kafka, BROKER_TIMEOUT_S, process.goes_on)
        process.started(lambda: Admin(settings.kafka).ensure_topics())
        hot = HotGlossary(settings.glossary)
        limits = limits_of(settings.glossary.sentence_gap_s, settings.glossary.sentence_max_s)
        options = StageOptions(
            name=STAGE,
            inputs=(TRANSCRIPTS.name, TRANSCRIPTS_INTERIM.name, GLOSSARY.name),
            data_dir=Path(settings.local.data_dir) / "faust",
        )
        feed = TermsFeed(settings.kafka, hot.take)
        process.started(feed.start)  # a hundred thousand terms take their time
        with closing(feed):
            run_stage(settings.kafka, options, GlossaryStep(hot.corrector, limits), process)
