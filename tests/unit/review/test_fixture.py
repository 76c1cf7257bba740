import json

import numpy as np
import pytest

from review.fixture import FILE, is_fixture
from review.fixture_file import read_fixture
from review.recording import merged
from runtime.errors import AudioError
from tests.support.sound import pcm_noise, write_wav


def fixture(folder, samples, **entry):
    folder.mkdir(exist_ok=True)
    write_wav(folder / "C02.wav", samples)
    (folder / FILE).write_text(json.dumps({"session": "s", "channels": {"C02": {"file": "C02.wav", **entry}}}))
    return read_fixture(folder)


def test_a_plain_file_is_a_stream_from_its_start(tmp_path):
    samples = pcm_noise(5000)
    frames = [placed.frame for placed in fixture(tmp_path / "f", samples).frames("C02")]
    assert b"".join(frame.pcm for frame in frames) == samples.tobytes()
    assert [frame.first_sample for frame in frames] == [0, 1536, 3072, 4608]
    assert [frame.last for frame in frames] == [False, False, False, True]
    assert {frame.session_id for frame in frames} == {"s"}


def test_equal_files_give_equal_frames(tmp_path):
    first = list(fixture(tmp_path / "f", pcm_noise(5000)).frames("C02"))
    assert first == list(fixture(tmp_path / "g", pcm_noise(5000)).frames("C02"))


def test_pieces_put_samples_back_where_they_were(tmp_path):
    samples = pcm_noise(9000)
    pieces = [
        {"at": 0, "samples": 2000, "first_sample": 160, "captured_at": 1_000_000_000_000_000},
        {"at": 5000, "samples": 4000, "first_sample": 5160, "captured_at": 1_000_000_009_000_000},
    ]
    frames = [placed.frame for placed in fixture(tmp_path / "f", samples, pieces=pieces).frames("C02")]
    assert [frame.first_sample for frame in frames] == [160, 1696, 5160, 6696, 8232]
    found = np.concatenate([np.frombuffer(frame.pcm, "<i2") for frame in frames])
    assert np.array_equal(found, np.concatenate([samples[:2000], samples[5000:]]))
    assert frames[1].captured_at == 1_000_000_000_000_000 + 96_000
    assert frames[2].captured_at == 1_000_000_009_000_000


def test_pieces_beyond_the_file_are_an_error_and_not_silence(tmp_path):
    pieces = [{"at": 0, "samples": 9001, "first_sample": 0, "captured_at": 1_000_000_000_000_000}]
    broken = fixture(tmp_path / "f", pcm_noise(9000), pieces=pieces)
    with pytest.raises(AudioError, match="ends before"):
        list(broken.frames("C02"))


def test_stereo_is_averaged(tmp_path):
    left, right = pcm_noise(1000, 1), pcm_noise(1000, 2)
    frames = [placed.frame for placed in fixture(tmp_path / "f", np.stack([left, right])).frames("C02")]
    found = np.frombuffer(b"".join(frame.pcm for frame in frames), "<i2")
    assert np.abs(found - (left.astype(int) + right) / 2).max() <= 1


def test_a_session_is_no_fixture(tmp_path):
    assert not is_fixture("20260101-000000-site")
    assert not is_fixture(str(tmp_path))


def test_channels_are_merged_in_the_order_of_capture(tmp_path):
    made = fixture(tmp_path / "f", pcm_noise(5000))
    both = type(made)(made.folder, "s", {"C02": made.streams["C02"], "C03": made.streams["C02"]})
    order = [(placed.frame.channel_id, placed.frame.first_sample) for placed in merged(both, both.channels)]
    assert order == [(channel, first) for first in (0, 1536, 3072, 4608) for channel in ("C02", "C03")]
