"""ClickHouse's own compressed frames (`compress=1`, `decompress=1`), which JDBC clients ask for.

A frame is 16 bytes of checksum, one byte of method, four bytes each of compressed size (with these nine) and of
plain size, and the data. The checksum is CityHash128 as of CityHash 1.0.2, the version that ClickHouse keeps to.
"""

import struct
from collections.abc import Iterator

import lz4.block

from local.clickhouse.cityhash import city_hash_128
from local.clickhouse.faults import CANNOT_DECOMPRESS, Fault, fault

_HEAD = struct.Struct("<BII")
_CHECKSUM_BYTES = 16
_LZ4 = 0x82
_NONE = 0x02
MOST_PLAIN_BYTES = 64 * 1024
_MOST_FRAME_BYTES = 1 << 30


def framed(data: bytes) -> bytes:
    """The data as frames of at most MOST_PLAIN_BYTES each."""
    return b"".join(_frame(data[start : start + MOST_PLAIN_BYTES]) for start in range(0, len(data), MOST_PLAIN_BYTES))


def unframed(data: bytes) -> bytes:
    """What the frames hold. Raises Fault for damaged ones."""
    return b"".join(_plain_parts(data))


def _frame(plain: bytes) -> bytes:
    packed: bytes = lz4.block.compress(plain, store_size=False)
    body = _HEAD.pack(_LZ4, len(packed) + _HEAD.size, len(plain)) + packed
    return struct.pack("<QQ", *city_hash_128(body)) + body


def _plain_parts(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        if at + _CHECKSUM_BYTES + _HEAD.size > len(data):
            raise _damaged(at, "it is cut off")
        method, packed_size, plain_size = _HEAD.unpack_from(data, at + _CHECKSUM_BYTES)
        body = data[at + _CHECKSUM_BYTES : at + _CHECKSUM_BYTES + packed_size]
        if packed_size < _HEAD.size or len(body) < packed_size or plain_size > _MOST_FRAME_BYTES:
            raise _damaged(at, "its sizes cannot be")
        if struct.unpack_from("<QQ", data, at) != city_hash_128(body):
            raise _damaged(at, "its checksum does not match")
        yield _plain(method, body[_HEAD.size :], plain_size, at)
        at += _CHECKSUM_BYTES + packed_size


def _plain(method: int, packed: bytes, plain_size: int, at: int) -> bytes:
    if method == _NONE:
        return packed
    if method != _LZ4:
        raise _damaged(at, f"method {method:#x} is not LZ4")
    try:
        return bytes(lz4.block.decompress(packed, uncompressed_size=plain_size))
    except lz4.block.LZ4BlockError as error:
        raise _damaged(at, str(error)) from error


def _damaged(at: int, why: str) -> Fault:
    return fault(CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", f"the compressed frame at byte {at} is damaged: {why}")
