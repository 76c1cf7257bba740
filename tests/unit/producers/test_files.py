"""Files as users bring them: every one is read, or refused in one line that says what to do."""

from pathlib import Path

import numpy as np
import pytest

from producers.files import SoundFile
from producers.resampling import to_float
from runtime.errors import AudioError
from tests.support.sound import pcm_noise, tone, write_encoded, write_video, write_wav


def read(path: Path) -> tuple[np.ndarray, SoundFile]:
    with SoundFile(path) as file:
        return np.concatenate([block.samples for block in file.blocks()], axis=1), file


def read_until_error(path: Path) -> tuple[int, str]:
    samples = 0
    with SoundFile(path) as file, pytest.raises(AudioError) as caught:  # noqa: PT012
        for block in file.blocks():
            samples += block.missing + block.samples.shape[1]
    return samples, str(caught.value)


def test_sixteen_bit_wav_is_read_to_the_sample(tmp_path):
    samples = pcm_noise(50_001)
    out, file = read(write_wav(tmp_path / "a.wav", samples))
    assert np.array_equal(out, samples.reshape(1, -1))
    assert (file.rate_hz, file.channels) == (16_000, 1)


def test_eight_bit_wav(tmp_path):
    samples = np.random.default_rng(0).integers(0, 256, 9_999).astype(np.uint8)
    out, file = read(write_wav(tmp_path / "a.wav", samples, 8_000))
    assert out.dtype == np.uint8
    assert np.array_equal(out[0], samples)
    assert file.rate_hz == 8_000


def test_seven_channels_of_twenty_four_bits_keep_their_order(tmp_path):
    samples = np.random.default_rng(0).integers(-(2**23), 2**23, (7, 5_000)).astype(np.int32) << 8
    out, file = read(write_wav(tmp_path / "a.wav", samples, 44_100))
    assert (file.channels, file.rate_hz) == (7, 44_100)
    assert np.array_equal(out, samples)


@pytest.mark.parametrize(
    ("name", "codec", "sample_format", "rate_hz"),
    [
        ("a.wav", "pcm_f32le", "flt", 48_000),
        ("a.wav", "pcm_f64le", "dbl", 44_100),
        ("a.aiff", "pcm_s16be", "s16", 22_050),
        ("a.flac", "flac", "s16", 48_000),
        ("a.flac", "flac", "s32", 96_000),
        ("a.m4a", "aac", "fltp", 44_100),
        ("a.mp3", "mp3", "fltp", 44_100),
        ("a.opus", "libopus", "flt", 48_000),
        ("a.au", "pcm_mulaw", "s16", 8_000),
    ],
)
def test_formats(tmp_path, name, codec, sample_format, rate_hz):
    wanted = tone(1.0, rate_hz)
    out, file = read(write_encoded(tmp_path / name, codec, sample_format, wanted, rate_hz))
    heard = to_float(out[0])
    assert (file.channels, file.rate_hz) == (1, rate_hz)
    assert heard.size == pytest.approx(wanted.size, abs=2304)
    middle = heard[rate_hz // 4 : rate_hz // 2]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_sound_of_a_video(tmp_path):
    out, file = read(write_video(tmp_path / "a.mp4", tone(1.0, 44_100), 44_100))
    assert file.channels == 1
    assert out.shape[1] == pytest.approx(44_100, abs=2048)


def test_name_with_a_colon_and_hangul_is_a_file(tmp_path):
    assert read(write_wav(tmp_path / "pipe:1 회의.wav", pcm_noise(100)))[0].shape == (1, 100)


def test_file_is_decoded_as_it_is_read(tmp_path):
    with SoundFile(write_wav(tmp_path / "a.wav", pcm_noise(16_000 * 60))) as file:
        assert next(file.blocks()).samples.shape[1] < 16_000


def test_wav_written_to_a_pipe_has_no_length_and_is_whole(tmp_path):
    path = write_wav(tmp_path / "a.wav", pcm_noise(4_000))
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert read(path)[0].shape == (1, 4_000)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"RIFF\x00", "no sound that can be read"),
        (bytes(range(256)) * 20, "no sound that can be read"),
        (b"Dear all, the minutes are attached.\n" * 50, r"no sound in it|no sound that can be read"),
    ],
)
def test_no_sound(tmp_path, content, complaint):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=complaint) as caught:
        SoundFile(path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 66


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(AudioError, match=r"nope\.wav: no such file"):
        SoundFile(tmp_path / "nope.wav")
    with pytest.raises(AudioError, match="is a folder; give the files in it"):
        SoundFile(tmp_path)


def test_video_without_sound_says_what_it_holds(tmp_path):
    with pytest.raises(AudioError, match=r"no sound in it \(it holds video\)"):
        SoundFile(write_video(tmp_path / "a.mp4", None, 0))


def test_header_without_samples(tmp_path):
    samples, complaint = read_until_error(write_wav(tmp_path / "a.wav", pcm_noise(0)))
    assert samples == 0
    assert "holds no samples" in complaint


def test_cut_off_wav_gives_what_is_there_and_says_so(tmp_path):
    path = write_wav(tmp_path / "a.wav", pcm_noise(32_000))
    path.write_bytes(path.read_bytes()[:-16_000])
    samples, complaint = read_until_error(path)
    assert samples == 24_000
    assert f"{path}: cut off or damaged: 1.50 s of the 2.00 s" in complaint


@pytest.mark.parametrize(("name", "codec", "kind"), [("a.flac", "flac", "s16"), ("a.mp3", "mp3", "fltp")])
def test_cut_off_compressed_file(tmp_path, name, codec, kind):
    path = write_encoded(tmp_path / name, codec, kind, tone(3.0, 44_100), 44_100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    samples, complaint = read_until_error(path)
    assert 44_100 < samples < 2 * 44_100
    assert "cut off or damaged" in complaint


def test_damage_in_the_middle_is_a_gap_and_the_rest_is_read(tmp_path):
    path = write_encoded(tmp_path / "a.m4a", "aac", "fltp", tone(3.0, 44_100), 44_100)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(content)
    samples, complaint = read_until_error(path)
    assert samples == pytest.approx(3 * 44_100, abs=2048)
    assert "damaged" in complaint
    assert "marked as gaps" in complaint
