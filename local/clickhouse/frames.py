"""ClickHouse's own compressed frames (`compress=1`, `decompress=1`), which JDBC and Go clients ask for.

A frame is 16 bytes of checksum, one byte of method, four bytes each of compressed size (with these nine) and of
plain size, and the data. The checksum is CityHash128 as of CityHash 1.0.2, the version that ClickHouse keeps to.
"""

import struct
import sys
from collections.abc import Iterator
from enum import IntEnum

import lz4.block
from clickhouse_cityhash.cityhash import CityHash128

from local.clickhouse.faults import CANNOT_DECOMPRESS, Fault, fault

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_HEAD = struct.Struct("<BII")
_CHECKSUM_BYTES = 16
_LOW_HALF = (1 << 64) - 1
MOST_PLAIN_BYTES = 64 * 1024
_MOST_FRAME_BYTES = 1 << 30


class _Method(IntEnum):
    NONE = 0x02
    LZ4 = 0x82
    ZSTD = 0x90


def framed(data: bytes) -> bytes:
    """The data as frames of at most MOST_PLAIN_BYTES each."""
    return b"".join(_frame(data[start : start + MOST_PLAIN_BYTES]) for start in range(0, len(data), MOST_PLAIN_BYTES))


def unframed(data: bytes) -> bytes:
    """What the frames hold. Raises Fault for damaged ones."""
    return b"".join(_plain_parts(data))


def _frame(plain: bytes) -> bytes:
    packed: bytes = lz4.block.compress(plain, store_size=False)
    body = _HEAD.pack(_Method.LZ4, len(packed) + _HEAD.size, len(plain)) + packed
    return _checksum(body) + body


def _plain_parts(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        if at + _CHECKSUM_BYTES + _HEAD.size > len(data):
            raise _damaged(at, "it is cut off")
        method, packed_size, plain_size = _HEAD.unpack_from(data, at + _CHECKSUM_BYTES)
        body = data[at + _CHECKSUM_BYTES : at + _CHECKSUM_BYTES + packed_size]
        if packed_size < _HEAD.size or len(body) < packed_size or plain_size > _MOST_FRAME_BYTES:
            raise _damaged(at, "its sizes cannot be")
        if data[at : at + _CHECKSUM_BYTES] != _checksum(body):
            raise _damaged(at, "its checksum does not match")
        yield _plain(method, body[_HEAD.size :], plain_size, at)
        at += _CHECKSUM_BYTES + packed_size


def _checksum(body: bytes) -> bytes:
    """CityHash128's two halves; the package has the first one on top."""
    number: int = CityHash128(body)
    return struct.pack("<QQ", number >> 64, number & _LOW_HALF)


def _plain(method: int, packed: bytes, plain_size: int, at: int) -> bytes:
    try:
        match method:
            case _Method.NONE:
                plain = packed
            case _Method.LZ4:
                plain = bytes(lz4.block.decompress(packed, uncompressed_size=plain_size))
            case _Method.ZSTD:
                plain = zstd.ZstdDecompressor().decompress(packed, plain_size)
            case _:
                raise _damaged(at, f"its method {method:#x} is neither LZ4 nor ZSTD")
    except (lz4.block.LZ4BlockError, zstd.ZstdError) as error:
        raise _damaged(at, str(error)) from error
    if len(plain) != plain_size:
        raise _damaged(at, f"it holds {len(plain)} bytes and not {plain_size}")
    return plain


def _damaged(at: int, why: str) -> Fault:
    return fault(CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", f"the compressed frame at byte {at} is damaged: {why}")
