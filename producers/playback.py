"""Files played into a session as live channels: paced, split, published, ended one by one."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from producers.pacing import Pacer
from producers.publisher import Publisher
from producers.reel import Reel
from runtime.errors import AudioError
from schemas.audio import FRAME_SAMPLES, MICROSECONDS, SAMPLE_RATE_HZ

log = logging.getLogger(__name__)
TICK_SAMPLES = FRAME_SAMPLES  # the most that a channel runs ahead of another
FAST_TICK_SAMPLES = 10 * FRAME_SAMPLES
Tick = Callable[[float], None]


@dataclass(slots=True)
class Playback:
    """A run of files over the channels of one publisher."""

    publisher: Publisher
    reels: Sequence[Reel]
    faults: list[str] = field(default_factory=list)
    """What was wrong with files; the rest of them was played all the same."""

    def play(self, pacer_of: Callable[[], Pacer], on_tick: Tick) -> None:
        """Plays to the end, or until the pacer says stop; `on_tick` gets the position in seconds.

        A resumed session goes on at the first sample that is not in the log yet: what comes before it is read and
        left out. Raises what `Publisher.write` raises.
        """
        start = self._begin()
        pacer = pacer_of()
        tick = FAST_TICK_SAMPLES if pacer.is_unpaced else TICK_SAMPLES
        position = start
        active = list(self.reels)
        while active and pacer.wait_for(position + tick - start):
            position += tick
            for reel in active:
                self._advance(reel, position / SAMPLE_RATE_HZ)
            active = [reel for reel in active if not reel.has_ended]
            on_tick(position / SAMPLE_RATE_HZ)
        for reel in active:
            self._end(reel, is_cut=True)

    def _begin(self) -> int:
        """Begins every stream and returns the sample at which the run starts."""
        channels = [pick.channel_id for reel in self.reels for pick in reel.picks]
        known = self.publisher.open(channels)
        start = min(known.values())
        now_us = time.time_ns() // 1000
        for reel in self.reels:
            for pick in reel.picks:
                ahead_us = (known[pick.channel_id] - start) * MICROSECONDS // SAMPLE_RATE_HZ
                self.publisher.replay(pick.channel_id, reel.rate_hz, now_us + ahead_us)
        return start

    def _advance(self, reel: Reel, until_s: float) -> None:
        for piece in reel.read_until(until_s):
            if piece.missing:
                for pick in reel.picks:
                    self.publisher.gap(pick.channel_id, piece.missing / reel.rate_hz)
                continue
            for channel, samples in reel.channels_of(piece):
                self.publisher.write(channel, samples, rate_hz=reel.rate_hz)
        if line := reel.cancelled_mix():
            log.warning("%s", line)
        if reel.has_ended:
            self._end(reel)
            if reel.error is not None:
                self._note(reel.error)

    def _end(self, reel: Reel, is_cut: bool = False) -> None:
        for pick in reel.picks:
            self.publisher.end(pick.channel_id, is_cut=is_cut)

    def _note(self, error: AudioError) -> None:
        log.error("%s", error)
        self.faults.append(str(error))
