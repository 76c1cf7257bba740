"""Bare samples of every encoding, cut anywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.raw_pcm import ENCODINGS, TYPES, PcmFormat, Unpacker
from runtime.errors import ConfigError


@given(
    encoding=st.sampled_from(ENCODINGS),
    channels=st.integers(1, 7),
    data=st.binary(max_size=500),
    sizes=st.lists(st.integers(0, 40), max_size=30),
)
def test_cuts_change_no_sample_and_lose_no_byte(encoding, channels, data, sizes):
    pcm = PcmFormat(16_000, channels, encoding)
    whole = Unpacker(pcm).push(data)
    unpacker, parts, at = Unpacker(pcm), [], 0
    for size in [*sizes, len(data)]:
        parts.append(unpacker.push(data[at : at + size]))
        at += size
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()
    assert whole.shape == (channels, len(data) // pcm.frame_bytes)
    assert unpacker.held_bytes == len(data) % pcm.frame_bytes


@pytest.mark.parametrize("encoding", TYPES)
def test_encodings_keep_their_values(encoding):
    values = np.array([[0, 1, 100], [2, 3, 127]]).astype(TYPES[encoding])
    got = Unpacker(PcmFormat(8_000, 2, encoding)).push(values.T.tobytes())
    assert got.tolist() == values.tolist()
    assert got.dtype.isnative


def test_twenty_four_bits_fill_the_upper_three_bytes():
    got = Unpacker(PcmFormat(48_000, 1, "s24le")).push(b"\x56\x34\x12\x00\x00\x80\xff\xff\xff")
    assert got.tolist() == [[0x123456 << 8, -(2**31), -256]]


def test_wrong_formats():
    with pytest.raises(ConfigError, match="encoding 'mp3': use one of u8, s16le"):
        PcmFormat(encoding="mp3").check()
    with pytest.raises(ConfigError, match="0 channels"):
        PcmFormat(channels=0).check()
