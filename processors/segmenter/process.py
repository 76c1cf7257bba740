"""The segmenter as a process."""

import time
from pathlib import Path

from processors.segmenter.options import EndpointOptions, SegmenterOptions, WindowOptions
from processors.segmenter.step import STAGE, SegmenterStep
from processors.segmenter.vad import SileroVad
from runtime.faust_stage import StageOptions, run_stage
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.process import STAGE_STOPS_WITHIN_S, running
from runtime.settings import Settings, VadSettings, WindowSettings
from schemas import topics
from schemas.audio import CHUNK_SAMPLES, samples_of_ms

BROKER_WAIT_S = 60.0


def run(settings: Settings) -> None:
    """Runs until SIGTERM."""
    with running(STAGE, settings, stops_within_s=STAGE_STOPS_WITHIN_S) as process:
        step = SegmenterStep(SileroVad(), options_of(settings.vad, settings.window), _now_us)
        options = StageOptions(
            name=STAGE,
            inputs=tuple(topic.name for topic in topics.AUDIO),
            data_dir=Path(settings.local.data_dir) / "faust",
        )
        wait_for_broker(settings.kafka, BROKER_WAIT_S, process.goes_on)
        Admin(settings.kafka).ensure_topics()
        run_stage(settings.kafka, options, step, process)


def options_of(vad: VadSettings, window: WindowSettings) -> SegmenterOptions:
    """The settings in samples and chunks."""
    return SegmenterOptions(
        endpoint=EndpointOptions(start=vad.start, stop=vad.stop, silence_chunks=_chunks_of_ms(vad.silence_ms)),
        window=WindowOptions(
            min_own=samples_of_ms(window.min_s * 1000),
            max_own=samples_of_ms(window.max_s * 1000),
            context=samples_of_ms(window.context_s * 1000),
            interim=samples_of_ms(window.interim_s * 1000),
            pre_roll=samples_of_ms(vad.pre_roll_ms),
            post_roll=samples_of_ms(vad.post_roll_ms),
            min_speech_chunks=_chunks_of_ms(vad.min_speech_ms),
        ),
    )


def _chunks_of_ms(duration_ms: float) -> int:
    """The chunks that `duration_ms` takes up, a started one counting whole."""
    return -(-samples_of_ms(duration_ms) // CHUNK_SAMPLES)


def _now_us() -> int:
    return time.time_ns() // 1000
