"""Numbers of any size as ClickHouse's Native format has them: seven bits a byte, least significant first."""


def varint(number: int) -> bytes:
    """The number in bytes."""
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def varint_at(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at byte `at`, and where it ends. Raises IndexError where the data ends before it."""
    number = shift = 0
    while data[at] >= 0x80:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
    return number | data[at] << shift, at + 1
