"""Sample arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.audio import FRAME_BYTES, FRAME_SAMPLES, captured_at_of, samples_of_ms


def test_a_frame_is_96_ms() -> None:
    assert samples_of_ms(96) == FRAME_SAMPLES == 1536
    assert FRAME_BYTES == 3072


@given(st.integers(0, 2**40), st.integers(-(2**30), 2**30), st.integers(0, 2**55))
def test_capture_time_follows_the_samples(anchor: int, offset: int, anchor_us: int) -> None:
    captured = captured_at_of(anchor + offset, anchor, anchor_us)
    assert abs((captured - anchor_us) * 16_000 - offset * 1_000_000) < 16_000
