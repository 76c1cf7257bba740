"""Frames and tags of MPEG audio layer III, as bytes."""

from pathlib import Path

ID3_HEAD_BYTES = 10
LOOKED_AT_BYTES = 2048
TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")
SYNC = 0x7FF
LAYER_III = 1
KBIT_PER_S = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    0: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By version (3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5) and index: ISO/IEC 11172-3 and 13818-3."""
RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
SAMPLES = {3: 1152, 2: 576, 0: 576}


def is_no_sound(packet: bytes) -> bool:
    """Whether this is a tag, or padding, as lies between files that were joined and at their ends."""
    return packet.startswith(TAGS) or not any(packet)


def frame_bytes(head: bytes) -> int | None:
    """The length of the frame that begins with these bytes; None where it is no layer III, or does not say."""
    word = int.from_bytes(head[:4], "big")
    version, layer = word >> 19 & 3, word >> 17 & 3
    kbit, rate = word >> 12 & 15, word >> 10 & 3
    if len(head) < 4 or word >> 21 != SYNC or layer != LAYER_III or version == 1 or rate == 3 or kbit in (0, 15):
        return None
    return SAMPLES[version] // 8 * KBIT_PER_S[version][kbit] * 1000 // RATES_HZ[version][rate] + (word >> 9 & 1)


def stated_seconds(path: Path) -> float | None:
    """The length that the header of Xing, LAME or Fraunhofer states; None where there is none.

    Source: Xing's VBR header SDK; the VBRI header as Fraunhofer's encoder writes it.
    """
    if not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(ID3_HEAD_BYTES)
        file.seek(_tag_bytes(head))
        data = file.read(LOOKED_AT_BYTES)
    frames = _stated_frames(data)
    at = data.find(b"\xff")
    version = data[at + 1] >> 3 & 3 if 0 <= at < len(data) - 2 else 1
    rate = data[at + 2] >> 2 & 3 if version != 1 else 3
    return None if frames is None or rate == 3 else frames * SAMPLES[version] / RATES_HZ[version][rate]


def _stated_frames(data: bytes) -> int | None:
    for name in (b"Xing", b"Info"):
        at = data.find(name)
        if 0 <= at <= len(data) - 12 and data[at + 7] & 1:
            return int.from_bytes(data[at + 8 : at + 12], "big")
    at = data.find(b"VBRI")
    return int.from_bytes(data[at + 14 : at + 18], "big") if 0 <= at <= len(data) - 18 else None


def _tag_bytes(head: bytes) -> int:
    """The length of an ID3v2 tag at the start, its head included."""
    if head[:3] != b"ID3" or len(head) < ID3_HEAD_BYTES:
        return 0
    size = 0
    for seven_bits in head[6:10]:
        size = size << 7 | seven_bits & 0x7F
    return ID3_HEAD_BYTES + size
