"""Audio constants, each derived from the one before it, and the two conversions they allow."""

SAMPLE_RATE_HZ = 16_000
SAMPLE_BYTES = 2  # signed 16-bit little-endian
CHUNK_SAMPLES = 512  # one VAD decision: 32 ms
FRAME_CHUNKS = 3
FRAME_SAMPLES = CHUNK_SAMPLES * FRAME_CHUNKS  # 1,536 samples: 96 ms
FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES  # 3,072 bytes
MAX_WINDOW_S = 28.0  # what still fits a Kafka message of 1,000,000 bytes
MAX_WINDOW_SAMPLES = int(MAX_WINDOW_S * SAMPLE_RATE_HZ)

MICROSECONDS = 1_000_000
BEGINS_HEADER = "earshot-begins"
"""Of the first frame that a producer sends of a stream which is not at its sample 0: it goes on after an end."""


def samples_of_ms(duration_ms: float) -> int:
    """Whole samples in `duration_ms` milliseconds."""
    return round(duration_ms * SAMPLE_RATE_HZ / 1000)


def captured_at_of(sample: int, anchor_sample: int, anchor_us: int) -> int:
    """UTC µs at which `sample` was captured, given that `anchor_sample` was captured at `anchor_us`."""
    return anchor_us + (sample - anchor_sample) * MICROSECONDS // SAMPLE_RATE_HZ
