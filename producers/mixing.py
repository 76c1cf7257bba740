"""Several channels into one, and whether they cancel each other out in it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from producers.resampling import to_float

LOOKS_S = 1.0
HEARD_POWER = 10**-6.0  # −60 dBFS
CANCELLED_POWER = 10**-1.5
"""Channels that have nothing to do with each other lose only their number's share of power in their mean; 15 dB less
than that is no chance."""


class Mixer:
    """The mean of the channels of one source."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._look_samples = round(LOOKS_S * rate_hz)
        self._samples = 0
        self._of_channels = 0.0
        self._of_mix = 0.0
        self.cancels = False
        """Whether, for a second with sound in it, hardly anything of the channels was left in the mix."""

    def push(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """The mean of samples of any type, shape (channels, samples), as flat float32 in ±1."""
        real = to_float(samples)
        with np.errstate(invalid="ignore"):  # a sample that is no number is counted further on
            mix: NDArray[np.float32] = real.mean(axis=0, dtype=np.float32)
        self._look(real, mix)
        return mix

    def finish(self) -> None:
        """Looks at the rest, less than a second, too."""
        if self._samples and not self.cancels:
            is_heard = self._of_channels > HEARD_POWER * self._samples
            self.cancels = is_heard and self._of_mix < CANCELLED_POWER * self._of_channels
        self._samples, self._of_channels, self._of_mix = 0, 0.0, 0.0

    def _look(self, real: NDArray[np.float32], mix: NDArray[np.float32]) -> None:
        if self.cancels or len(real) < 2:
            return
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number cancels nothing
            self._of_channels += float(np.square(real, dtype=np.float64).mean(axis=0).sum()) / len(real)
            self._of_mix += float(np.square(mix, dtype=np.float64).sum())
        self._samples += mix.size
        if self._samples >= self._look_samples:
            self.finish()


def cancelled(name: str, remedy: str) -> str:
    """What to say of a mix that cancels; `remedy` names the way to take one channel of it."""
    return (
        f"{name}: its channels cancel each other out when they are mixed, as where one is wired with inverted "
        f"polarity: hardly any sound is left. {remedy}, or mend the wiring"
    )


def one_of_them(channel_id: str) -> str:
    """The remedy where a map says what becomes of a channel."""
    return f"Take one of them (--map 1:{channel_id})"
