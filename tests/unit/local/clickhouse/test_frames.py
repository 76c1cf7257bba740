import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.clickhouse.cityhash import city_hash_128
from local.clickhouse.faults import Fault
from local.clickhouse.frames import MOST_PLAIN_BYTES, framed, unframed


@pytest.mark.parametrize(
    ("data", "low", "high"),
    [
        (b"", 0x3DF09DFC64C09A2B, 0x3CB540C392E51E29),
        (b"hello", 0xBBAE8265CD136BEF, 0xF1881D5BA3F4B5EC),
        (b"0123456789ab", 0x99F048613CAFD98A, 0x5C0B8344E1830442),
        (bytes(range(100)), 0x836AD9510A7189D4, 0x92D5FDF90B6D0EF9),
        (bytes(range(256)) * 3, 0xDFE5F9B62AC65971, 0x05E7FD5CCC5ECC0F),
    ],
)
def test_hash_is_that_of_the_clickhouse_cityhash_package(data, low, high):
    assert city_hash_128(data) == (low, high)


@given(st.binary(max_size=2000))
def test_frames_hold_what_was_put_in(data):
    assert unframed(framed(data)) == data


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
