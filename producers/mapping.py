"""Which channel of which source becomes which channel of the session."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from producers.sessions import check_channel_id
from runtime.errors import ConfigError
from schemas.topics import CHANNELS

MIX = "mix"
MIXED = 0
ONLY = -1
ENTRY = re.compile(rf"(\d{{1,3}}|{MIX}):(\w+)")


@dataclass(frozen=True, slots=True)
class Pick:
    """One channel of a source and what it becomes."""

    number: int
    """Counted from 1; MIXED for the mean of all; ONLY for the one channel of a source that must have no other."""
    channel_id: str


def parse_map(text: str) -> tuple[Pick, ...]:
    """Picks from `1:C01,2:C02` or `mix:C01`. Raises ConfigError for another form, or a channel named twice."""
    picks = []
    for entry in text.split(","):
        match = ENTRY.fullmatch(entry.strip())
        if match is None or match[1] == "0":
            raise ConfigError(f"map entry {entry!r}: write SOURCE:CHANNEL, as in 1:C01,2:C02, or mix:C01 to mix all")
        number = MIXED if match[1] == MIX else int(match[1])
        picks.append(Pick(number, check_channel_id(match[2])))
    check_distinct([pick.channel_id for pick in picks])
    return tuple(picks)


def channels_for(sources: Sequence[str], text: str | None) -> list[str]:
    """The channel of each source: as listed in `text`, else by name if all are called like one, else C01 on.

    Raises ConfigError for a wrong number of channels, an unknown one, or one named twice.
    """
    if text is not None:
        channels = [check_channel_id(channel.strip()) for channel in text.split(",")]
        if len(channels) != len(sources):
            raise ConfigError(
                f"{len(sources)} sources and {len(channels)} channels ({text}): name one channel for each"
            )
    elif all(source in CHANNELS for source in sources):
        channels = list(sources)
    elif len(sources) > len(CHANNELS):
        raise ConfigError(f"{len(sources)} sources: a session has {len(CHANNELS)} channels; use several sessions")
    else:
        channels = list(CHANNELS[: len(sources)])
    check_distinct(channels)
    return channels


def check_distinct(channels: Sequence[str]) -> None:
    """Raises ConfigError if a channel is named twice."""
    twice = sorted({channel for channel in channels if channels.count(channel) > 1})
    if twice:
        raise ConfigError(f"{', '.join(twice)} named twice: each channel of a session has one source")


def check_picks(name: str, picks: Sequence[Pick], channels: int) -> None:
    """Raises ConfigError if the picks do not fit a source of so many channels."""
    beyond = [pick.number for pick in picks if pick.number > channels]
    if beyond:
        raise ConfigError(f"{name}: has {channels} channels, and the map asks for number {beyond[0]}")
    if channels > 1 and any(pick.number == ONLY for pick in picks):
        each = ",".join(f"{number}:{channel}" for number, channel in enumerate(CHANNELS[:channels], 1))
        raise ConfigError(
            f"{name}: has {channels} channels. Say which with --map {each}, or mix them with --map {MIX}:"
            f"{picks[0].channel_id}"
        )
