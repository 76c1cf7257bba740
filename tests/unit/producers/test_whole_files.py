"""Files that are whole are taken as whole, whatever their headers guess; files that are not say so."""

import struct
from pathlib import Path

import numpy as np
import pytest

from producers.files import SoundFile
from runtime.errors import AudioError
from tests.support.shared_audio import shared_audio
from tests.support.sound import pcm_noise, tone, write_encoded, write_video, write_wav

RATE_HZ = 44_100
DATA_SIZE = slice(40, 44)
BYTES_PER_S = slice(28, 32)


def read(path: Path) -> float:
    """The seconds of sound in a file. Raises AudioError unless it is whole."""
    with SoundFile(path) as file:
        return sum(block.samples.shape[1] for block in file.blocks()) / file.rate_hz


def complaint_of(path: Path) -> str:
    with pytest.raises(AudioError) as caught:
        read(path)
    return str(caught.value)


def cut(path: Path, share: float = 0.6) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


def quiet_then_loud(seconds: float = 4.0, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Sound whose first half takes few bits, so that a length guessed from them is far off."""
    noise = np.random.default_rng(0).standard_normal(round(seconds * rate_hz)).astype(np.float32)
    noise[: noise.size // 2] *= 1e-4
    return noise * np.float32(0.2)


def patched(path: Path, place: slice, value: int) -> Path:
    content = bytearray(path.read_bytes())
    content[place] = struct.pack("<I", value)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "size",
    [
        0,
        0x7FFFFFFF,
        0x80000000,
        0x7FFFF000,
        0x7FFFF024,
        0xFFFFFFFE,
        0xFFFFFFFF,
        0xFFFFFFDB,
        0xFFFFF000,
        0x40000000,
        0x01000000,
        1_000_000_000,
        2_000_000_000,
        4_000_000_000,
        100_000_000,
    ],
)
def test_a_writers_limit_is_no_length(tmp_path, size):
    path = patched(write_wav(tmp_path / "a.wav", pcm_noise(16_000)), DATA_SIZE, size)
    assert read(path) == 1.0


@pytest.mark.parametrize("size", [33_000, 64_000, 320_000, 3_200_000, 345_600_000, 1_234_567_890, 3_000_000_123])
def test_any_other_size_past_the_end_is_a_cut(tmp_path, size):
    path = patched(write_wav(tmp_path / "a.wav", pcm_noise(16_000)), DATA_SIZE, size)
    assert f"cut off or damaged: 1.00 s of the {size / 32_000:.2f} s that it says it has" in complaint_of(path)


def test_a_long_wav_states_its_length_in_64_bits(tmp_path):
    content = write_wav(tmp_path / "a.wav", pcm_noise(16_000)).read_bytes()
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, 64_000 + 72, 32_000, 16_000, 0)
    head = b"RF64\xff\xff\xff\xffWAVE" + sizes + content[12:36] + b"data\xff\xff\xff\xff"
    path = tmp_path / "long.wav"
    path.write_bytes(head + content[44:])
    assert read(path) == 1.0
    path.write_bytes(head + content[44:-8_000])
    assert "0.75 s of the 1.00 s" in complaint_of(path)


@pytest.mark.parametrize("factor", [0.5, 2, 0])
def test_a_wrong_byte_rate_changes_nothing(tmp_path, factor):
    path = patched(write_wav(tmp_path / "a.wav", pcm_noise(16_000)), BYTES_PER_S, int(32_000 * factor))
    assert read(path) == 1.0
    assert "0.60 s of the 1.00 s" in complaint_of(cut(path, (44 + 19_200) / path.stat().st_size))


def test_gsm_with_a_padding_byte_is_whole(tmp_path):
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8_000, 1_625, 65, 0, 2, 320)
    blocks = np.random.default_rng(0).integers(0, 256, 65 * 50, np.uint8).tobytes()
    data = blocks + b"\0"
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    assert read(path) == 2.0
    assert "cut off or damaged: 1." in complaint_of(cut(path))


@pytest.mark.parametrize(
    ("name", "codecs", "rate_hz"),
    [
        ("a.mkv", ("mpeg4", "aac"), 48_000),
        ("a.webm", ("libvpx", "libopus"), 48_000),
        ("a.flv", ("flv1", "aac"), RATE_HZ),
        ("a.avi", ("mpeg4", "pcm_s16le"), RATE_HZ),
        ("a.ts", ("mpeg2video", "aac"), RATE_HZ),
        ("a.mp4", ("mpeg4", "aac"), RATE_HZ),
    ],
)
def test_sound_shorter_than_the_picture_is_whole(tmp_path, name, codecs, rate_hz):
    path = write_video(tmp_path / name, tone(2.0, rate_hz), rate_hz, pictures_s=4, codecs=codecs)
    assert read(path) == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(("name", "codecs"), [("a.mkv", ("mpeg4", "aac")), ("a.webm", ("libvpx", "libopus"))])
def test_a_video_that_was_cut_off_says_so(tmp_path, name, codecs):
    path = write_video(tmp_path / name, tone(4.0, 48_000), 48_000, pictures_s=8, codecs=codecs)
    assert "cut off" in complaint_of(cut(path))


VBR = {"encoder": {"global_quality": str(4 * 118), "flags": "+qscale"}, "muxer": {"write_xing": "0"}}


def vbr_without_a_header(path: Path) -> Path:
    return write_encoded(path, "mp3", "fltp", quiet_then_loud(), RATE_HZ, **VBR)


def test_what_ffmpeg_only_guesses_is_no_length(tmp_path):
    assert read(vbr_without_a_header(tmp_path / "a.mp3")) == pytest.approx(4.0, abs=0.06)
    assert read(write_encoded(tmp_path / "a.aac", "aac", "fltp", quiet_then_loud(), RATE_HZ)) == pytest.approx(
        4.0, abs=0.06
    )


def test_an_mp3_without_a_header_that_was_cut_off_says_so(tmp_path):
    assert "cut off: its last packet is not whole" in complaint_of(cut(vbr_without_a_header(tmp_path / "a.mp3")))


def test_an_mp3_with_a_header_states_its_length(tmp_path):
    path = write_encoded(tmp_path / "a.mp3", "mp3", "fltp", quiet_then_loud(), RATE_HZ)
    assert read(path) == pytest.approx(4.0, abs=0.06)
    assert "s of the 4.0" in complaint_of(cut(path))


@pytest.mark.parametrize("between", [b"", b"TAG" + bytes(125), b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)])
def test_joined_mp3s_are_whole_and_without_a_gap(tmp_path, between):
    with_header = write_encoded(tmp_path / "a.mp3", "mp3", "fltp", quiet_then_loud(), RATE_HZ).read_bytes()
    without = vbr_without_a_header(tmp_path / "b.mp3").read_bytes()
    path = tmp_path / "joined.mp3"
    for parts in ((with_header, with_header), (without, with_header), (with_header, without)):
        path.write_bytes(between.join(parts))
        with SoundFile(path) as file:
            blocks = list(file.blocks())
        assert not any(block.missing for block in blocks)
        assert sum(block.samples.shape[1] for block in blocks) / RATE_HZ == pytest.approx(8.0, abs=0.15)


@pytest.mark.parametrize(("name", "codec"), [("a.aac", "aac"), ("a.ogg", "libopus"), ("a.wma", "wmav2")])
def test_a_stream_that_was_cut_off_in_a_packet_says_so(tmp_path, name, codec):
    rate_hz = 48_000 if codec == "libopus" else RATE_HZ
    sound = quiet_then_loud(rate_hz=rate_hz)
    encoder = {"b": "64k"}
    path = write_encoded(
        tmp_path / name, codec, "flt" if codec == "libopus" else "fltp", sound, rate_hz, encoder=encoder
    )
    assert read(path) == pytest.approx(4.0, abs=0.06)
    assert "cut off: its last packet is not whole" in complaint_of(cut(path, 0.61))


def test_joined_oggs_are_whole(tmp_path):
    content = write_encoded(tmp_path / "a.ogg", "libopus", "flt", tone(1.0, 48_000), 48_000).read_bytes()
    path = tmp_path / "joined.ogg"
    path.write_bytes(content + content)
    assert read(path) == pytest.approx(2.0, abs=0.05)


def test_an_ogg_with_a_damaged_page_is_damaged(tmp_path):
    path = write_encoded(tmp_path / "a.ogg", "libopus", "flt", quiet_then_loud(rate_hz=48_000), 48_000)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert "damaged in 1 places" in complaint_of(path)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("wav_streamed_7fffffff.wav", 5.855),
        ("webm_audio_shorter_than_video.webm", 5.86),
        ("vbr_noxing_quiet_start.mp3", 9.94),
        ("adts_quiet_start.aac", 9.92),
        ("gsm610.wav", 5.88),
    ],
)
def test_recordings_that_were_refused(name, seconds):
    assert read(shared_audio(f"faults/{name}")) == pytest.approx(seconds, abs=0.01)
