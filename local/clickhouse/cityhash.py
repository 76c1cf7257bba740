"""CityHash128 as of CityHash 1.0.2 (Pike and Alakuijala, 2011): the checksum of ClickHouse's frames.

Plain Python, some MB/s: frames are for clients that show a few hundred rows.
"""

import struct

_MASK = (1 << 64) - 1
_K0 = 0xC3A5C85C97CB3127
_K1 = 0xB492B66FBE98F273
_K2 = 0x9AE16A3B2F90404F
_K3 = 0xC949D7C7509E6557
_MULTIPLIER = 0x9DDFEA08EB382D69
_BLOCK_BYTES = 128

Pair = tuple[int, int]


def city_hash_128(data: bytes) -> Pair:
    """The low and the high 64 bits."""
    size = len(data)
    if size >= 16:
        return _seeded(data[16:], (_word(data, 0) ^ _K3, _word(data, 8)))
    if size >= 8:
        return _seeded(b"", (_word(data, 0) ^ (size * _K0 & _MASK), _word(data, size - 8) ^ _K1))
    return _seeded(data, (_K0, _K1))


def _seeded(data: bytes, seed: Pair) -> Pair:
    return _short(data, seed) if len(data) < _BLOCK_BYTES else _long(data, seed)


def _short(data: bytes, seed: Pair) -> Pair:
    size = len(data)
    a, b = seed
    if size <= 16:
        a = _mixed(a * _K1) * _K1 & _MASK
        c = (b * _K1 + _tiny(data)) & _MASK
        d = _mixed(a + (_word(data, 0) if size >= 8 else c))
    else:
        c = _joined(_word(data, size - 8) + _K1, a)
        d = _joined(b + size, c + _word(data, size - 16))
        a += d
        for at in range(0, size - 16, 16):
            a = (a ^ _mixed(_word(data, at) * _K1) * _K1) * _K1 & _MASK
            b ^= a
            c = (c ^ _mixed(_word(data, at + 8) * _K1) * _K1) * _K1 & _MASK
            d ^= c
    a, b = _joined(a, c), _joined(d, b)
    return a ^ b, _joined(b, a)


def _long(data: bytes, seed: Pair) -> Pair:
    x, y = seed
    z = len(data) * _K1 & _MASK
    v0 = _turned(y ^ _K1, 49) * _K1 + _word(data, 0)
    v = (v0 & _MASK, (_turned(v0, 42) * _K1 + _word(data, 8)) & _MASK)
    w = ((_turned(y + z, 35) * _K1 + x) & _MASK, _turned(x + _word(data, 88), 53) * _K1 & _MASK)
    whole = len(data) // _BLOCK_BYTES * _BLOCK_BYTES
    for at in range(0, whole, 64):
        x = _turned(x + y + v[0] + _word(data, at + 16), 37) * _K1 & _MASK
        y = _turned(y + v[1] + _word(data, at + 48), 42) * _K1 & _MASK
        x ^= w[1]
        y ^= v[0]
        z = _turned(z ^ w[0], 33)
        v = _weak(data, at, v[1] * _K1, x + w[0])
        w = _weak(data, at + 32, z + w[1], y)
        z, x = x, z
    y = (y + _turned(w[0], 37) * _K0 + z) & _MASK
    x = (x + _turned(v[0] + z, 49) * _K0) & _MASK
    for at in range(len(data) - 32, whole - 32, -32):
        y = (_turned(y - x, 42) * _K0 + v[1]) & _MASK
        w0 = w[0] + _word(data, at + 16)
        x = (_turned(x, 49) * _K0 + w0) & _MASK
        w = ((w0 + v[0]) & _MASK, w[1])
        v = _weak(data, at, v[0], v[1])
    x, y = _joined(x, v[0]), _joined(y, w[0])
    return (_joined(x + v[1], w[1]) + y) & _MASK, _joined(x + w[1], y + v[1])


def _tiny(data: bytes) -> int:
    """Of at most 16 bytes."""
    size = len(data)
    if size > 8:
        last = _word(data, size - 8)
        return _joined(_word(data, 0), _turned(last + size, size)) ^ last
    if size >= 4:
        first, last = struct.unpack_from("<I", data, 0)[0], struct.unpack_from("<I", data, size - 4)[0]
        return _joined(size + (first << 3), last)
    if size:
        y = data[0] + (data[size >> 1] << 8)
        z = size + (data[size - 1] << 2)
        return _mixed(y * _K2 ^ z * _K3) * _K2 & _MASK
    return _K2


def _weak(data: bytes, at: int, a: int, b: int) -> Pair:
    one, two, three, four = struct.unpack_from("<4Q", data, at)
    a += one
    b = _turned(b + a + four, 21)
    c = a
    a += two + three
    return (a + four) & _MASK, (b + _turned(a, 44) + c) & _MASK


def _joined(u: int, v: int) -> int:
    a = ((u ^ v) & _MASK) * _MULTIPLIER & _MASK
    a ^= a >> 47
    b = ((v ^ a) & _MASK) * _MULTIPLIER & _MASK
    b ^= b >> 47
    return b * _MULTIPLIER & _MASK


def _mixed(value: int) -> int:
    value &= _MASK
    return value ^ value >> 47


def _turned(value: int, bits: int) -> int:
    value &= _MASK
    return (value >> bits | value << 64 - bits) & _MASK


def _word(data: bytes, at: int) -> int:
    word: int = struct.unpack_from("<Q", data, at)[0]
    return word
