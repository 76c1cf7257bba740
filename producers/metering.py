"""How loud a channel is, for a person who checks cables."""

import math

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32_768.0
SILENCE_DBFS = -120.0


class Meter:
    """The level of the samples pushed since it was last read."""

    def __init__(self) -> None:
        self._energy = 0.0
        self._samples = 0

    def push(self, samples: NDArray[np.int16]) -> None:
        """Takes in 16-bit samples."""
        real = samples.astype(np.float64)
        self._energy += float(np.dot(real, real))
        self._samples += samples.size

    def read_dbfs(self) -> float:
        """Root mean square in dB below full scale (−120 for digital silence or no samples), and starts afresh."""
        power = self._energy / self._samples / FULL_SCALE**2 if self._samples else 0.0
        self._energy, self._samples = 0.0, 0
        return max(SILENCE_DBFS, 10 * math.log10(power)) if power > 0 else SILENCE_DBFS
