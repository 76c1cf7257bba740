"""Where words may lie in a window: wherever the VAD heard a voice, however quiet it is beside a loud one."""

import numpy as np

from processors.transcriber.sound import MARGIN_S, sound_of, whole
from processors.transcriber.stretch import Stretch
from schemas.events import SampleSpan, SpeechWindow
from tests.support.speech_windows import Span, window

RATE = 16_000


def of(levels: list[tuple[float, float]], voiced: tuple[SampleSpan, ...], **changes: object) -> SpeechWindow:
    """Noise of these amplitudes for so many seconds."""
    random = np.random.default_rng(0)
    parts = [random.uniform(-1, 1, int(seconds * RATE)) * level * 32_000 for level, seconds in levels]
    pcm = np.concatenate(parts).astype("<i2")
    return window(Span(0, 0, len(pcm), len(pcm)), pcm=pcm.tobytes(), voiced=voiced, **changes)


def test_a_quiet_voice_beside_a_loud_one_is_within() -> None:
    quiet_last = of([(0.5, 3.0), (0.02, 3.0)], (SampleSpan(0, 6 * RATE),))
    assert sound_of(quiet_last).within == Stretch(0.0, 6.0)
    assert whole(sound_of(quiet_last).samples).within.to_s < 3.1  # what loudness alone would say


def test_beside_the_voice_loudness_decides_within_a_margin() -> None:
    padded = of([(0.001, 1.0), (0.5, 2.0), (0.001, 1.0)], (SampleSpan(17_600, 46_400),))
    within = sound_of(padded).within
    assert 1.0 <= within.from_s <= 1.1
    assert 2.9 <= within.to_s <= 3.0
    noisy = of([(0.3, 1.0), (0.5, 2.0), (0.3, 1.0)], (SampleSpan(17_600, 46_400),))
    assert sound_of(noisy).within == Stretch(1.1 - MARGIN_S, 2.9 + MARGIN_S)


def test_at_a_cut_within_speech_words_reach_to_the_edge() -> None:
    middle = of(
        [(0.001, 1.0), (0.5, 2.0), (0.001, 1.0)],
        (SampleSpan(17_600, 46_400),),
        utterance_id="s/C01/before",
        utterance_end=False,
    )
    assert sound_of(middle).within == Stretch(0.0, 4.0)


def test_a_part_is_its_own_sound() -> None:
    part = sound_of(of([(0.5, 4.0)], (SampleSpan(0, 4 * RATE),))).part(Stretch(1.0, 2.5), "ko")
    assert (part.duration_s, part.within, part.language) == (1.5, Stretch(0.0, 1.5), "ko")
