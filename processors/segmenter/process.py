"""The segmenter as a process."""

import time
from pathlib import Path

from processors.segmenter.from_settings import options_of
from processors.segmenter.step import STAGE, SegmenterStep
from processors.segmenter.vad import SileroVad
from runtime.faust_stage import run_stage
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.process import STAGE_STOPS_WITHIN_S, running
from runtime.settings import Settings
from runtime.stage import Gathering, StageOptions
from schemas import topics

BROKER_WAIT_S = 60.0
GATHERING = Gathering(bytes=48_000, wait_ms=40)  # a frame of each of the sixteen channels


def run(settings: Settings) -> None:
    """Runs until SIGTERM."""
    with running(STAGE, settings, stops_within_s=STAGE_STOPS_WITHIN_S, needs_broker=True) as process:
        step = SegmenterStep(SileroVad(), options_of(settings.vad, settings.window), _now_us)
        options = StageOptions(
            name=STAGE,
            inputs=tuple(topic.name for topic in topics.AUDIO),
            data_dir=Path(settings.local.data_dir) / "faust",
            gathering=GATHERING,
        )
        wait_for_broker(settings.kafka, BROKER_WAIT_S, process.goes_on)
        process.started(lambda: Admin(settings.kafka).ensure_topics())
        run_stage(settings.kafka, options, step, process)


def _now_us() -> int:
    return time.time_ns() // 1000
