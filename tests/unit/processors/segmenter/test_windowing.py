"""Cuts of one utterance."""

import numpy as np
import pytest
from numpy.typing import NDArray

from processors.segmenter.options import WindowOptions
from processors.segmenter.pcm_buffer import PcmBuffer
from processors.segmenter.windowing import Piece, Utterance
from schemas.audio import CHUNK_SAMPLES

OPTIONS = WindowOptions(interim=0)
NOISE = np.random.default_rng(2).integers(-9000, 9000, 40 * 16_000).astype(np.int16)


def cut(samples: NDArray[np.int16], speech_to: int, *, probability=lambda chunk: 0.9) -> list[Piece]:
    """An utterance from sample 0 whose speech ends at `speech_to`, heard chunk by chunk."""
    audio = PcmBuffer(0)
    audio.append(samples)
    utterance = Utterance(OPTIONS, audio, 0)
    pieces: list[Piece] = []
    for chunk in range(speech_to // CHUNK_SAMPLES):
        utterance.hear(chunk, probability(chunk), voiced=True)
        pieces += utterance.ready((chunk + 1) * CHUNK_SAMPLES, None)
        audio.drop_before(utterance.needed_sample)
        assert audio.end - audio.start >= len(samples) - (chunk + 1) * CHUNK_SAMPLES
    return pieces + utterance.finish(speech_to, len(samples))


def seconds(sample: float) -> int:
    return round(sample * 16_000)


def test_up_to_ten_seconds_are_one_window() -> None:
    speech_to = seconds(10) // CHUNK_SAMPLES * CHUNK_SAMPLES
    [piece] = cut(NOISE[: seconds(11)], speech_to)
    assert (piece.first_sample, piece.own_from, piece.own_to, piece.end_sample) == (0, 0, seconds(10), seconds(10))
    assert (piece.voiced_samples, piece.speech_to, piece.utterance_end) == (speech_to, speech_to, True)


def test_a_pause_between_five_and_ten_seconds_is_where_it_is_cut() -> None:
    samples = NOISE[: seconds(14)].copy()
    for at in (3, 7, 8.2):
        samples[seconds(at) : seconds(at + 0.15)] //= 100
    samples[seconds(7) : seconds(7.15)] //= 3
    first, second = cut(samples, seconds(14) // 512 * 512)
    assert seconds(7) < first.own_to == second.own_from < seconds(7.15)
    assert seconds(8.2) < first.end_sample < seconds(8.35)
    assert seconds(1.0) <= second.own_from - second.first_sample <= seconds(1.5)


def test_in_digital_silence_the_least_speech_like_place_wins() -> None:
    samples = np.zeros(seconds(12), np.int16)
    first, _ = cut(samples, seconds(12) // 512 * 512, probability=lambda chunk: 0.6 if chunk == 200 else 0.9)
    assert 200 * CHUNK_SAMPLES <= first.own_to < 201 * CHUNK_SAMPLES


def test_context_stays_within_the_utterance() -> None:
    samples = NOISE[: seconds(11)].copy()
    samples[seconds(9.9) : seconds(10)] //= 100
    first, last = cut(samples, seconds(10.2) // 512 * 512)
    assert last.own_from == first.own_to > seconds(9.9)
    assert first.end_sample == last.own_to == seconds(10.2) // 512 * 512 + OPTIONS.post_roll


def test_a_click_is_dropped_and_the_end_of_long_speech_is_not() -> None:
    assert cut(NOISE[:5000], 2 * CHUNK_SAMPLES) == []
    assert len(cut(NOISE[:5000], 3 * CHUNK_SAMPLES)) == 1


@pytest.mark.parametrize(("max_own_s", "context_s"), [(20, 4), (10, 1.25), (10, 0), (1, 4)])
def test_context_never_makes_a_window_too_long(max_own_s: float, context_s: float) -> None:
    options = WindowOptions(max_own=seconds(max_own_s), context=seconds(context_s))
    assert 0 <= options.context_near <= options.context_far <= options.max_own
    assert options.max_own + 2 * options.context_far <= seconds(28)
