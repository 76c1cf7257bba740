"""The head of ClickHouse's Native format: a block that names columns and holds no rows."""

from collections.abc import Iterable


def header_block(columns: Iterable[tuple[str, str]]) -> bytes:
    """A block of the `(name, type)` columns with no rows, as a server sends it for an empty result."""
    pairs = list(columns)
    block = bytearray(_varint(len(pairs)) + _varint(0))
    for name, kind in pairs:
        block += _text(name) + _text(kind)
    return bytes(block)


def _text(text: str) -> bytes:
    data = text.encode()
    return _varint(len(data)) + data


def _varint(number: int) -> bytes:
    """Seven bits a byte, least significant first."""
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)
