"""The settings, in what the parts of the transcriber take."""

from processors.transcriber.batching import BatchLimits
from processors.transcriber.decoding import Thresholds
from processors.transcriber.guard import Guard
from processors.transcriber.lanes import LaneLimits
from runtime.settings import WhisperSettings


def guard_of(whisper: WhisperSettings) -> Guard:
    """The guard that the settings describe."""
    thresholds = Thresholds(
        avg_logprob=whisper.logprob_threshold,
        compression_ratio=whisper.compression_ratio_threshold,
        no_speech=whisper.no_speech_threshold,
    )
    return Guard(thresholds, whisper.min_voiced_ms)


def lane_limits(whisper: WhisperSettings) -> LaneLimits:
    """What the lanes hold and take, by the settings."""
    return LaneLimits(
        finals=BatchLimits(whisper.batch_windows, whisper.batch_wait_ms / 1000),
        interim_windows=min(whisper.interim_windows, whisper.batch_windows),
        interim_max_age_s=whisper.interim_max_age_s,
    )
