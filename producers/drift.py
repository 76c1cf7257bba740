"""How fast a sound card's clock runs against the machine's: for people to know, never to move samples."""

LEAST_S = 30.0  # packets come in lumps; less time would measure these
FITTED_EVERY_S = 1.0


class Drift:
    """The slope of samples over time, by least squares over points a second apart."""

    def __init__(self) -> None:
        self._samples = 0
        self._first_s: float | None = None
        self._last_point_s = float("-inf")
        self._count = 0
        self._sums = [0.0, 0.0, 0.0, 0.0]  # of time, stream time, time², time × stream time

    def push(self, samples: int, rate_hz: int, now_s: float) -> None:
        """So many more samples were there at `now_s` by the machine's steady clock."""
        if self._first_s is None:
            self._first_s = now_s  # the samples before the first moment have no beginning
            return
        self._samples += samples
        passed_s = now_s - self._first_s
        if passed_s - self._last_point_s < FITTED_EVERY_S:
            return
        self._last_point_s = passed_s
        stream_s = self._samples / rate_hz
        self._count += 1
        for index, value in enumerate((passed_s, stream_s, passed_s**2, passed_s * stream_s)):
            self._sums[index] += value

    @property
    def ppm(self) -> float | None:
        """Parts per million by which the card is fast; None until half a minute has been heard."""
        time, stream, squares, products = self._sums
        spread = self._count * squares - time**2
        if self._last_point_s < LEAST_S or spread <= 0:
            return None
        return ((self._count * products - time * stream) / spread - 1) * 1e6
