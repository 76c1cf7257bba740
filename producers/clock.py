"""The clock that a capture goes by, and whether times that it gives can be true."""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from runtime.errors import ConfigError
from runtime.kafka.clock import clock_ahead_us
from runtime.settings import CaptureSettings, KafkaSettings
from schemas.admission import EARLIEST_US, LATEST_US
from schemas.audio import MICROSECONDS
from schemas.topics import DAY_MS, STREAMS

log = logging.getLogger(__name__)
TOLD_US = 10 * MICROSECONDS
MOST_AHEAD_US = 59 * 60 * MICROSECONDS
"""Kafka takes no record from over an hour ahead (message.timestamp.after.max.ms)."""
MOST_BEHIND_US = DAY_MS * 1000
"""Records that are born old are soon deleted by the log's retention."""
MOST_TO_COME_US = DAY_MS * 1000


@dataclass(frozen=True, slots=True)
class Clock:
    """This machine's clock, put right by what it is ahead of the broker's if that was asked for."""

    ahead_us: int = 0
    """Taken off every time."""

    def now_us(self) -> int:
        """UTC µs."""
        return self.true_us(time.time_ns() // 1000)

    def true_us(self, own_us: int) -> int:
        """What this machine's clock calls `own_us`, in UTC µs."""
        return own_us - self.ahead_us


OWN_CLOCK = Clock()


def agreed_clock(kafka: KafkaSettings, capture: CaptureSettings) -> Clock:
    """The clock to go by, having asked the broker for its time.

    Raises ConfigError where this machine's is so wrong that its records would be refused or lost, unless the settings
    say to go by the broker's; Unavailable if the broker does not answer.
    """
    ahead_us = clock_ahead_us(kafka, STREAMS.name)
    if ahead_us is None:  # a topic that somebody made with the producers' times
        return OWN_CLOCK
    difference = f"this machine's clock is {in_words(ahead_us)} the broker's at {kafka.bootstrap}"
    if capture.clock == "broker":
        log.info("going by the broker's time: %s", difference)
        return Clock(ahead_us)
    if ahead_us > MOST_AHEAD_US or -ahead_us > MOST_BEHIND_US:
        raise ConfigError(
            f"{difference}: sound would get wrong times, and Kafka refuses what is over an hour ahead. Set the clock "
            "(NTP), or go on by the broker's time with EARSHOT_CAPTURE__CLOCK=broker"
        )
    if abs(ahead_us) > TOLD_US:
        log.warning("%s, and the times of what it captures are too: keep it by NTP", difference)
    return OWN_CLOCK


def in_words(ahead_us: int) -> str:
    """`2:03:04 ahead of` or `1 day, 0:00:05 behind`."""
    length = timedelta(seconds=round(abs(ahead_us) / MICROSECONDS))
    return f"{length} {'ahead of' if ahead_us > 0 else 'behind'}"


def time_fault(captured_at: int, now_us: int) -> str:
    """Why no stage would take sound of that time, or an empty string: its frames would all become dead letters."""
    if EARLIEST_US <= captured_at < LATEST_US and captured_at <= now_us + MOST_TO_COME_US:
        return ""
    return (
        f"sound captured at {_date(captured_at)}, by its clock: that is before 2000, after 2099 or over a day ahead of "
        "this machine's. Set the clock (NTP), or give the right time"
    )


def _date(captured_at: int) -> str:
    try:
        return f"{datetime.fromtimestamp(captured_at / MICROSECONDS, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{captured_at} µs"
