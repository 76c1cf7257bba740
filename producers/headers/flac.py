"""FLAC's STREAMINFO, as bytes."""

STREAMINFO_BYTES = 34
SAMPLES_AT = 10
SAMPLE_BITS = 36


def stated_samples(streaminfo: bytes) -> int | None:
    """Samples of each channel; None where the encoder did not know. Source: RFC 9639, section 8.2."""
    if len(streaminfo) < STREAMINFO_BYTES:
        return None
    word = int.from_bytes(streaminfo[SAMPLES_AT : SAMPLES_AT + 8], "big")
    return word & ((1 << SAMPLE_BITS) - 1) or None
