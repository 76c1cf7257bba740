import struct
import sys

import pytest
from clickhouse_cityhash.cityhash import CityHash128
from hypothesis import given
from hypothesis import strategies as st

from local.clickhouse.faults import Fault
from local.clickhouse.frames import MOST_PLAIN_BYTES, framed, unframed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@given(st.binary(max_size=2000))
def test_frames_hold_what_was_put_in(data):
    assert unframed(framed(data)) == data


def test_frame_as_a_server_sends_it():
    checksum, head = "af275049b207be89c341c7641de55441", "820f00000005000000"
    assert framed(b"hello").hex() == checksum + head + "50" + b"hello".hex()  # 5 letters as they are


def test_frames_of_zstd_are_read():
    packed = zstd.compress(b"some text" * 1000)
    head = struct.pack("<BII", 0x90, len(packed) + 9, 9000)
    checksum = struct.pack("<QQ", *divmod(CityHash128(head + packed), 1 << 64))
    assert unframed(checksum + head + packed) == b"some text" * 1000


def test_long_data_is_several_frames():
    data = b"text " * MOST_PLAIN_BYTES
    assert unframed(framed(data)) == data
    assert unframed(framed(data[:10]) + framed(data[10:30])) == data[:30]


@given(st.data())
def test_any_damage_is_noticed(data):
    frame = bytearray(framed(b"some text, some text"))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Fault):
        unframed(bytes(frame))


def test_cut_off_frame_is_noticed():
    frame = framed(b"some text, some text")
    for size in range(1, len(frame)):
        with pytest.raises(Fault):
            unframed(frame[:size])
