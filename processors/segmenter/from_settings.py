"""The settings, in what the pure code of the segmenter counts with."""

from processors.segmenter.options import EndpointOptions, SegmenterOptions, WindowOptions
from runtime.libraries import libraries_of
from runtime.settings import VadSettings, WindowSettings
from schemas.audio import CHUNK_SAMPLES, samples_of_ms

WINDOW_LIBRARIES = ("onnxruntime", "silero-vad")
"""What the borders of a window depend on besides the sound; all else there is whole-number arithmetic."""


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
        libraries=libraries_of(*WINDOW_LIBRARIES),
    )


def _chunks_of_ms(duration_ms: float) -> int:
    """The chunks that `duration_ms` takes up, a started one counting whole."""
    return -(-samples_of_ms(duration_ms) // CHUNK_SAMPLES)
