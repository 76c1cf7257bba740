"""Whether the pages of an Ogg file are as they were written."""

import zlib
from dataclasses import dataclass
from pathlib import Path

CAPTURE = b"OggS"
HEAD_BYTES = 27
CHECKSUM = slice(22, 26)
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Pages:
    """How the pages of a file stand."""

    are_intact: bool
    """No checksum is wrong, and nothing else stands between them."""
    ends_whole: bool
    """The last one is not cut off."""


def pages_of(path: Path) -> Pages:
    """Looks at every page. Source: RFC 3533, section 6."""
    with path.open("rb") as file:
        while head := file.read(HEAD_BYTES):
            if not head.startswith(CAPTURE):
                return Pages(are_intact=False, ends_whole=True)
            lacing = file.read(head[-1])
            body = file.read(sum(lacing))
            if len(head) < HEAD_BYTES or len(lacing) < head[-1] or len(body) < sum(lacing):
                return Pages(are_intact=True, ends_whole=False)
            blank = head[: CHECKSUM.start] + bytes(4) + head[CHECKSUM.stop :]
            if _checksum(blank + lacing + body) != int.from_bytes(head[CHECKSUM], "little"):
                return Pages(are_intact=False, ends_whole=True)
    return Pages(are_intact=True, ends_whole=True)


def _checksum(page: bytes) -> int:
    """CRC-32 as Ogg has it: not reflected, from 0, without a last complement. zlib's runs the other way round."""
    value = zlib.crc32(page.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)
