"""Bare samples as hardware sends them: interleaved, no header, cut anywhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import ConfigError

TYPES: dict[str, np.dtype[Any]] = {
    "u8": np.dtype("u1"),
    "s16le": np.dtype("<i2"),
    "s16be": np.dtype(">i2"),
    "s32le": np.dtype("<i4"),
    "s32be": np.dtype(">i4"),
    "f32le": np.dtype("<f4"),
    "f32be": np.dtype(">f4"),
    "f64le": np.dtype("<f8"),
}
PACKED = "s24le"
PACKED_BYTES = 3
ENCODINGS = (*TYPES, PACKED)


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """What the bytes mean."""

    rate_hz: int = 16_000
    channels: int = 1
    encoding: str = "s16le"

    def check(self) -> None:
        """Raises ConfigError for an encoding that is not known, or no channels."""
        if self.encoding not in ENCODINGS:
            raise ConfigError(f"encoding {self.encoding!r}: use one of {', '.join(ENCODINGS)}")
        if self.channels < 1:
            raise ConfigError(f"{self.channels} channels: a source has at least one")

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        width = PACKED_BYTES if self.encoding == PACKED else TYPES[self.encoding].itemsize
        return width * self.channels


class Unpacker:
    """Bytes to samples of shape (channels, samples); what is cut off is kept for the next call."""

    def __init__(self, pcm: PcmFormat) -> None:
        self._pcm = pcm
        self._held = b""

    @property
    def held_bytes(self) -> int:
        """Bytes of a sample that is not whole yet."""
        return len(self._held)

    def push(self, data: bytes) -> NDArray[Any]:
        """The samples that are whole now."""
        data = self._held + data
        whole = len(data) - len(data) % self._pcm.frame_bytes
        self._held = data[whole:]
        return self._samples(data[:whole]).reshape(-1, self._pcm.channels).T

    def _samples(self, data: bytes) -> NDArray[Any]:
        if self._pcm.encoding != PACKED:
            kind = TYPES[self._pcm.encoding]
            return np.frombuffer(data, kind).astype(kind.newbyteorder("="), copy=False)
        wide = np.zeros((len(data) // PACKED_BYTES, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, PACKED_BYTES)
        return wide.view("<i4").reshape(-1)
