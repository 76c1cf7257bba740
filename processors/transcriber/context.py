"""How much of Whisper's 30 s the encoder gets to see: all of it, or what the window needs.

A pure function of the window's length, so that a replay decodes with the same context. Fitted context is known as
`audio_ctx` elsewhere (whisper.cpp, issues 137 and 1855) and is safe with a model that was trained for it.
"""

from dataclasses import dataclass
from math import ceil

from schemas.audio import SAMPLE_RATE_HZ

MEL_HOP_SAMPLES = 160  # one mel frame: 10 ms
MEL_FRAMES_PER_S = SAMPLE_RATE_HZ // MEL_HOP_SAMPLES
FULL_S = 30.0
FULL_FRAMES = int(FULL_S * MEL_FRAMES_PER_S)  # 3,000


@dataclass(frozen=True, slots=True)
class ContextRule:
    """`full` (always 30 s), or `fit` with the margin and bucket of the model's card."""

    fitted: bool
    margin_s: float = 0.5
    bucket_s: float = 2.5


def context_frames(samples: int, rule: ContextRule) -> int:
    """Encoder input for a window of `samples` samples, in mel frames; even, and at most 3,000."""
    if not rule.fitted:
        return FULL_FRAMES
    wanted_s = samples / SAMPLE_RATE_HZ + rule.margin_s
    bucket_frames = max(2, round(rule.bucket_s * MEL_FRAMES_PER_S))
    frames = ceil(wanted_s * MEL_FRAMES_PER_S / bucket_frames) * bucket_frames
    return min(frames + frames % 2, FULL_FRAMES)


def speech_frames(samples: int, context: int) -> int:
    """How many of the `context` mel frames hold the window's own samples."""
    return min(ceil(samples / MEL_HOP_SAMPLES), context)
