import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.context import FULL_FRAMES, ContextRule, context_frames, speech_frames

FIT = ContextRule(fitted=True, margin_s=0.5, bucket_s=2.5)


@pytest.mark.parametrize(
    ("seconds", "frames"), [(0.3, 250), (2.0, 250), (2.01, 500), (4.5, 500), (5.0, 750), (12.0, 1250), (29.6, 3000)]
)
def test_fitted_contexts(seconds: float, frames: int) -> None:
    assert context_frames(round(seconds * 16_000), FIT) == frames


def test_full_is_always_thirty_seconds() -> None:
    assert context_frames(16_000, ContextRule(fitted=False)) == FULL_FRAMES


@given(st.integers(1, 480_000), st.floats(0, 3), st.floats(0.1, 10))
def test_the_context_holds_the_window_and_is_even(samples: int, margin_s: float, bucket_s: float) -> None:
    frames = context_frames(samples, ContextRule(True, margin_s, bucket_s))

    assert frames % 2 == 0
    assert frames <= FULL_FRAMES
    assert frames == FULL_FRAMES or frames * 160 >= samples + margin_s * 16_000 - 160
    assert speech_frames(samples, frames) <= frames
