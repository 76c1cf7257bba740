"""The transcriber as a process."""

import logging
from contextlib import ExitStack

from processors.transcriber.decoder import Decoder
from processors.transcriber.engine import WhisperEngine, load_engine
from processors.transcriber.finals import FinalLane
from processors.transcriber.from_settings import guard_of, lane_limits
from processors.transcriber.hotwords import hotwords_of
from processors.transcriber.interims import InterimLane
from processors.transcriber.loop import Loop
from processors.transcriber.model_thread import Beams, ModelThread
from processors.transcriber.overload import OverloadRule
from processors.transcriber.watched import WatchedEngine
from processors.transcriber.window_record import STAGE
from runtime.glossary_feed import GlossaryFeed
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.process import STAGE_STOPS_WITHIN_S, Process, running
from runtime.settings import Settings
from schemas.topics import SINGLE

log = logging.getLogger(__name__)
BROKER_PATIENCE_S = 300.0


def run(settings: Settings) -> None:
    """Runs the stage until SIGTERM or SIGINT. Raises an error of ours for what a supervisor should restart."""
    with (
        running(STAGE, settings, stops_within_s=STAGE_STOPS_WITHIN_S, needs_broker=True) as process,
        ExitStack() as stack,
    ):
        wait_for_broker(settings.kafka, BROKER_PATIENCE_S, process.goes_on)
        process.started(lambda: Admin(settings.kafka).ensure_topics(SINGLE))
        log.info("loading the model %s", settings.whisper.model)
        engine = process.started(lambda: load_engine(settings.whisper))
        log.info("model %s is loaded", engine.model_name)
        watched = WatchedEngine(engine, process.progress.busy_for)
        model = ModelThread(
            Decoder(watched, guard_of(settings.whisper), engine.card.time_tokens_from_s),
            lane_limits(settings.whisper),
            Beams(settings.whisper.beam_size, settings.whisper.overload_beam_size or settings.whisper.beam_size),
            OverloadRule(),
        )
        glossary = _glossary(settings, engine, process, stack)
        if glossary is not None:
            model.hotwords = hotwords_of(glossary.catch_up(process.goes_on))
        rule = engine.card.context_rule(settings.whisper.context)
        finals = FinalLane(settings.kafka, settings.whisper, rule, model)
        stack.callback(finals.close)
        interims = InterimLane(settings.kafka, settings.whisper, rule, model)
        stack.callback(interims.close)
        model.start()
        Loop(process, model, finals, interims).run(glossary)


def _glossary(settings: Settings, engine: WhisperEngine, process: Process, stack: ExitStack) -> GlossaryFeed | None:
    if not engine.card.takes_hotwords(settings.whisper.hotwords):
        log.info("no hotwords (EARSHOT_WHISPER__HOTWORDS=%s)", settings.whisper.hotwords)
        return None
    glossary = GlossaryFeed(settings.kafka, STAGE)
    stack.callback(glossary.close)
    return glossary
