"""A probability depends on the audio from its block's primed start on, and on nothing else."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.segmenter.options import Grid
from processors.segmenter.pcm_buffer import PcmBuffer
from processors.segmenter.probabilities import Probabilities
from schemas.audio import CHUNK_SAMPLES
from tests.support.segmenting import EchoModel, sound

GRID = Grid(block_chunks=12, prime_chunks=6)
SAMPLES = sound([(0.6, 40)], seed=5)


class Listener(EchoModel):
    """Remembers the shape of every call."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def listen(self, rows, state):
        self.calls.append(len(rows))
        return super().listen(rows, state)


def heard(samples, start: int = 0, *, whole: bool = True, packet: int = 700) -> dict[int, float]:
    audio = PcmBuffer(start)
    probabilities = Probabilities(EchoModel(), GRID, audio, whole=whole)
    found: dict[int, float] = {}
    for first in range(0, len(samples), packet):
        audio.append(samples[first : first + packet])
        found |= dict(probabilities.hear())
        audio.drop_before(probabilities.needed_sample)
    return found | dict(probabilities.hear(to_the_end=True))


def test_every_chunk_once_and_the_tail_padded() -> None:
    assert list(heard(SAMPLES)) == list(range(40))
    assert list(heard(SAMPLES[:-1])) == list(range(40))
    assert list(heard(SAMPLES[:-512])) == list(range(39))


@settings(deadline=None)
@given(packet=st.integers(1, 6000), start=st.integers(0, 3000))
def test_packets_make_no_difference(packet: int, start: int) -> None:
    assert heard(SAMPLES[start:], start, packet=packet) == heard(SAMPLES[start:], start, packet=512)


@settings(deadline=None)
@given(entered=st.integers(1, 15_000))
def test_entered_in_the_middle_it_begins_with_the_first_block_it_can_prime(entered: int) -> None:
    found = heard(SAMPLES[entered:], entered, whole=False)
    primed = -(-entered // CHUNK_SAMPLES)
    first = next(chunk for chunk in range(0, 99, 12) if chunk - 6 >= primed)
    whole = heard(SAMPLES)
    assert found == {chunk: whole[chunk] for chunk in range(first, 40)}


def test_audio_before_the_primed_start_makes_no_difference_and_primed_audio_does() -> None:
    whole = heard(SAMPLES)
    for changed, same in ((18 * CHUNK_SAMPLES - 1, True), (18 * CHUNK_SAMPLES, False)):
        other = SAMPLES.copy()
        other[changed] ^= 1
        assert (heard(other)[24] == whole[24]) is same
        assert heard(other)[16] == whole[16]


def test_frames_of_three_and_priming_in_one_call() -> None:
    model = Listener()
    audio = PcmBuffer(0)
    audio.append(SAMPLES)
    list(Probabilities(model, GRID, audio, whole=True).hear(to_the_end=True))
    assert model.calls == [3, 3, 3, 3, 6, 3, 3, 3, 3, 6, 3, 3, 3, 3, 6, 3, 1]


def test_the_model_hears_64_samples_before_each_chunk() -> None:
    rows = []

    class Recorder(EchoModel):
        def listen(self, given_rows, state):
            rows.extend(given_rows)
            return super().listen(given_rows, state)

    audio = PcmBuffer(0)
    audio.append(np.arange(1, 1537).astype(np.int16))
    list(Probabilities(Recorder(), GRID, audio, whole=True).hear())
    line = np.concatenate((np.zeros(64), np.arange(1, 1537))).astype(np.float32) / 32768
    assert [row.tolist() for row in rows] == [line[at : at + 576].tolist() for at in (0, 512, 1024)]
