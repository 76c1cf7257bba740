"""Blocks of ClickHouse's Native format: an empty one, and those of a newer revision of its protocol.

The engine writes blocks of revision 0. A client that sends `client_protocol_version` wants what a server sends it over
its own protocol: before each block a few fields of the block, and before each column's data a byte that says whether
the values are written in the ordinary way (0: they are).
"""

import struct
from collections.abc import Iterable, Iterator

from local.clickhouse.faults import UNEXPECTED, fault
from local.clickhouse.layout import layout_of
from local.clickhouse.varint import varint, varint_at

REVISION_WITH_SERIALIZATION_KIND = 54454
"""The first revision that has that byte. Older ones are not served, which their one client, clickhouse-connect, asks
before it relies on it."""
_BLOCK_INFO = b"\x01\x00" + b"\x02\xff\xff\xff\xff" + b"\x00"
"""Field 1, whether the rows overflow: no. Field 2, the bucket of an aggregation: none. The end."""
_ORDINARY = b"\x00"


def header_block(columns: Iterable[tuple[str, str]]) -> bytes:
    """A block of the `(name, type)` columns with no rows, as a server sends it for an empty result."""
    pairs = list(columns)
    block = bytearray(varint(len(pairs)) + varint(0))
    for name, kind in pairs:
        block += _text(name) + _text(kind)
    return bytes(block)


def with_kinds(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of revision 0, cut anywhere, as ones of REVISION_WITH_SERIALIZATION_KIND or newer.

    Raises Fault for a column of a type whose end cannot be found, and where the last block is cut off.
    """
    rest = b""
    for piece in pieces:
        data = rest + piece
        done, size = _whole_blocks(data)
        rest = data[size:]
        yield done
    if rest:
        raise fault(UNEXPECTED, "UNKNOWN_EXCEPTION", "a Native block of the engine is cut off")


def _whole_blocks(data: bytes) -> tuple[bytes, int]:
    """The blocks that are all there, rewritten, and how many bytes they were."""
    done: list[bytes] = []
    at = 0
    while at < len(data):
        try:
            parts, end = _block(data, at)
        except (IndexError, struct.error):  # the data ends within it
            break
        done += parts
        at = end
    return b"".join(done), at


def _block(data: bytes, start: int) -> tuple[list[bytes], int]:
    """One block rewritten, and where it ends. Raises IndexError or struct.error where it is not all there."""
    parts = [_BLOCK_INFO]
    columns, at = varint_at(data, start)
    rows, at = varint_at(data, at)
    for _ in range(columns):
        kind_at = _after_text(data, _after_text(data, at))
        parts += (data[start:kind_at], _ORDINARY)
        start, at = kind_at, _after_column(data, at, kind_at, rows)
    if at > len(data):
        raise IndexError(at)
    parts.append(data[start:at])
    return parts, at


def _after_column(data: bytes, at: int, values_at: int, rows: int) -> int:
    if not rows:
        return values_at  # and no prefix either
    type_size, type_at = varint_at(data, _after_text(data, at))
    layout = layout_of(data[type_at : type_at + type_size].decode())
    return layout.after_values(data, layout.after_prefix(data, values_at), rows)


def _after_text(data: bytes, at: int) -> int:
    size, at = varint_at(data, at)
    if at + size > len(data):
        raise IndexError(at)
    return at + size


def _text(text: str) -> bytes:
    data = text.encode()
    return varint(len(data)) + data
