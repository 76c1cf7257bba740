"""Where the timestamps of a source leave sound out."""

GAP_S = 0.02  # containers round their timestamps; a jump of less is no gap
START_GAP_S = 0.045  # sound that is so much too early is noticed (ITU-R BT.1359); encoders' delays are shorter


class Timestamps:
    """Follows the times of a source's blocks, in seconds, and finds what is missing before each."""

    def __init__(self, rate_hz: int, begins_s: float | None) -> None:
        """`begins_s`: where the source begins, by its earliest stream; None where it does not say."""
        self._rate_hz = rate_hz
        self._due_s = begins_s
        self._tolerance_s = START_GAP_S

    def missing_before(self, time_s: float | None, samples: int) -> int:
        """Samples that are missing before a block of `samples` that says it begins at `time_s`.

        A block without a time follows the one before; one that goes back begins a new count.
        """
        missing_s = 0.0 if time_s is None or self._due_s is None else time_s - self._due_s
        begins_s = self._due_s if time_s is None else time_s
        self._due_s = None if begins_s is None else begins_s + samples / self._rate_hz
        is_gap = missing_s > self._tolerance_s
        self._tolerance_s = GAP_S
        return round(missing_s * self._rate_hz) if is_gap else 0
