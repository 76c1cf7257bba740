"""The real Silero model: loaded without torch, deterministic, and hearing speech where there is some."""

import subprocess
import sys

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from processors.segmenter.options import SegmenterOptions
from processors.segmenter.partition import PartitionStreams
from processors.segmenter.pcm_buffer import PcmBuffer
from processors.segmenter.probabilities import Probabilities
from processors.segmenter.vad import SileroVad
from schemas.events import SpeechWindow
from tests.support.segmenting import TOPIC, packets
from tests.support.shared_audio import shared_audio
from tests.support.voice import silence, talk, voice


@pytest.fixture(scope="module")
def vad() -> SileroVad:
    return SileroVad()


def heard(vad: SileroVad, samples: NDArray[np.int16]) -> NDArray[np.float64]:
    audio = PcmBuffer(0)
    audio.append(samples)
    probabilities = Probabilities(vad, SegmenterOptions().grid, audio, whole=True)
    return np.array([value for _, value in probabilities.hear(to_the_end=True)])


def windows_of(vad: SileroVad, samples: NDArray[np.int16], size: int = 1536) -> list[SpeechWindow]:
    streams = PartitionStreams(TOPIC, 0, vad, SegmenterOptions())
    taken = [streams.take(frame, offset, frame.captured_at) for offset, frame in enumerate(packets(samples, [size]))]
    return [window for each in taken for window in each.windows if window.final]


def test_is_loaded_without_importing_the_package_or_torch() -> None:
    code = (
        "import sys, processors.segmenter.vad as v; v.SileroVad();"
        "assert not {'torch', 'silero_vad'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_speech_is_heard_and_noise_is_not(vad: SileroVad) -> None:
    assert (heard(vad, voice(5)) > 0.5).mean() > 0.5
    tone = (8000 * np.sin(np.arange(80_000) * 2 * np.pi * 440 / 16_000)).astype(np.int16)
    hiss = np.random.default_rng(1).normal(0, 2000, 80_000).astype(np.int16)
    for sound in (silence(5), tone, hiss, np.zeros(80_000, np.int16)):
        assert (heard(vad, sound) > 0.5).sum() == 0


def test_equal_audio_gives_equal_bits(vad: SileroVad) -> None:
    samples = talk(15, seed=3)
    assert (heard(vad, samples) == heard(SileroVad(), samples)).all()


def test_a_block_start_is_hardly_felt(vad: SileroVad) -> None:
    """The state made fresh and primed decides like one that ran on, save for at most one chunk in a hundred."""
    samples = talk(50, seed=5)
    one_block = PcmBuffer(0)
    one_block.append(samples)
    state = vad.fresh()
    line = np.concatenate((np.zeros(64), samples / 32768)).astype(np.float32)
    rows = np.stack([line[at : at + 576] for at in range(0, len(samples) - 511, 512)])
    continuous, _ = vad.listen(rows, state)
    blocks = heard(vad, samples)[: len(continuous)]
    assert ((continuous > 0.5) != (blocks > 0.5)).mean() <= 0.01
    assert (continuous != blocks).any(), "no block was ever started afresh"


def test_non_stop_speech_is_cut_into_windows_of_five_to_ten_seconds(vad: SileroVad) -> None:
    windows = windows_of(vad, voice(40, seed=11))
    own_s = [(window.own_to - window.own_from) / 16_000 for window in windows]
    assert len(windows) >= 4
    assert all(5 <= seconds <= 10 for seconds, window in zip(own_s, windows, strict=True) if not window.utterance_end)
    shares = [1 - own / (len(window.pcm) / 32_000) for own, window in zip(own_s, windows, strict=True)]
    assert all(
        0.15 < share < 0.35
        for share, window in zip(shares[1:], windows[1:], strict=True)
        if share and not window.utterance_end
    )


def test_on_a_real_recording(vad: SileroVad) -> None:
    with av.open(str(shared_audio("jfk.flac"))) as container:
        shaper = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        parts = [part.to_ndarray().ravel() for frame in container.decode(audio=0) for part in shaper.resample(frame)]
    samples = np.concatenate(parts)
    windows = windows_of(vad, samples)
    spans = [(round(window.own_from / 16_000, 1), round(window.own_to / 16_000, 1)) for window in windows]
    assert spans == [(0.1, 2.4), (3.0, 4.6), (5.1, 7.8), (7.9, 11.0)]
    assert [window.own_from for window in windows_of(vad, samples, 777)] == [window.own_from for window in windows]
