"""`earshot capture device`: sound cards, until it is stopped."""

import threading
from contextlib import closing
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from earshot.capture.live import play_live
from earshot.capture.session import (
    SessionOptions,
    session_options,
    take_session_options,
    view_of,
)
from earshot.capture.view import Paced
from producers.cards import Card, Cards, PortAudioCards
from producers.device import DeviceSource, check_rate
from producers.mapping import MIXED, Pick, check_distinct, check_picks, parse_map
from producers.metering import Meter
from producers.resampling import Resampler
from producers.stream import ChannelStatus
from runtime.errors import ConfigError, Unavailable
from runtime.process import running
from runtime.settings import load_settings
from schemas.topics import CHANNELS


@click.command()
@click.argument("devices", nargs=-1, metavar="[NAME|NUMBER]…")
@click.option("--list", "is_list", is_flag=True, help="Show the devices that can capture.")
@click.option(
    "--meter",
    "is_meter",
    is_flag=True,
    help="Only show the level of the inputs; nothing is published.",
)
@click.option("--rate", type=int, metavar="HZ", help="Sample rate. Default: the device's own.")
@click.option("--map", "maps", multiple=True, metavar="1:C01,…", help="Inputs of a device; once for each device.")
@session_options
def device(devices: tuple[str, ...], is_list: bool, **arguments: Any) -> None:
    """Publish what sound cards capture, by NAME (a part will do) or NUMBER; by default the first card.

    Without --map, inputs become channels in order, over all devices. An unplugged card is waited for; what is lost is
    marked as a gap.
    """
    session = take_session_options(arguments)
    check_rate(arguments["rate"])
    cards = PortAudioCards()
    if is_list:
        show_cards(cards.inputs())
        return
    sources = sources_for(cards, devices, arguments["rate"])
    is_meter = arguments["is_meter"]
    if is_meter and len(sources) > 1:
        raise ConfigError("--meter shows one device at a time: name one")
    if is_meter and not arguments["maps"]:
        run_meter(sources[0][0], session)
        return
    picks = picks_of([card for _, card in sources], arguments["maps"])
    for (source, _), taken in zip(sources, picks, strict=True):
        source.inputs = None if any(pick.number == MIXED for pick in taken) else max(pick.number for pick in taken)
    if is_meter:
        run_meter(sources[0][0], session)
        return
    play_live(session, list(zip([source for source, _ in sources], picks, strict=True)))


def show_cards(cards: list[Card]) -> None:
    """Writes the devices as a table on standard output. Raises ConfigError if there are none."""
    if not cards:
        raise ConfigError("no device that can capture was found; is one plugged in, and may this user use it?")
    table = Table("number", "name", "inputs", "Hz", box=None)
    for card in cards:
        table.add_row(str(card.number), card.name, str(card.channels), str(card.rate_hz))
    Console().print(table)


def sources_for(cards: Cards, wanted: tuple[str, ...], rate_hz: int | None) -> list[tuple[DeviceSource, Card]]:
    """A source and its card for each device. Raises ConfigError for one that is not there."""
    if not wanted:
        there = cards.inputs()
        if not there:
            raise ConfigError("no device that can capture was found; is one plugged in, and may this user use it?")
        wanted = (str(there[0].number),)
    check_distinct(wanted)
    found = []
    for name in wanted:
        source = DeviceSource(cards, name, rate_hz)
        try:
            found.append((source, source.find()))
        except Unavailable as error:
            raise ConfigError(f"device {name!r} {error}") from error
    return found


def picks_of(cards: list[Card], maps: tuple[str, ...]) -> list[tuple[Pick, ...]]:
    """What each input becomes: by the maps, one for each card, or in order over all cards.

    Raises ConfigError where the maps do not fit the cards, or there are more inputs than channels.
    """
    if maps:
        if len(maps) != len(cards):
            raise ConfigError(f"{len(cards)} devices and {len(maps)} maps: give --map once for each device")
        picks = [parse_map(text) for text in maps]
        check_distinct([pick.channel_id for taken in picks for pick in taken])
        for card, taken in zip(cards, picks, strict=True):
            check_picks(card.name, taken, card.channels)
        return picks
    inputs = sum(card.channels for card in cards)
    if inputs > len(CHANNELS):
        raise ConfigError(f"{inputs} inputs, and a session has {len(CHANNELS)} channels: say with --map which to take")
    channels = iter(CHANNELS)
    return [tuple(Pick(number, next(channels)) for number in range(1, card.channels + 1)) for card in cards]


class InputMeters:
    """The levels of every input of a card, as if each were a channel."""

    def __init__(self, source: DeviceSource) -> None:
        self._source = source
        self._meters: list[Meter] = []
        self._resamplers: list[Resampler] = []
        self._heard_s = 0.0

    def run(self, stop: threading.Event, tick: Any) -> None:
        """Listens until told to stop. Raises Unavailable if the card gives nothing."""
        for arrival in self._source.listen(stop):
            if not self._meters:
                self._meters = [Meter() for _ in range(arrival.channels)]
                self._resamplers = [Resampler(arrival.rate_hz) for _ in range(arrival.channels)]
            self._heard_s += arrival.block.samples.shape[1] / arrival.rate_hz
            for meter, resampler, samples in zip(self._meters, self._resamplers, arrival.block.samples, strict=True):
                meter.push(resampler.push(samples))
            tick()

    def status(self) -> list[ChannelStatus]:
        """Every input."""
        return [
            _status_of(number, self._heard_s, meter, resampler)
            for number, (meter, resampler) in enumerate(zip(self._meters, self._resamplers, strict=True), 1)
        ]


def _status_of(number: int, heard_s: float, meter: Meter, resampler: Resampler) -> ChannelStatus:
    faults = resampler.faults
    return ChannelStatus(str(number), heard_s, meter.read_dbfs(), faults.clipped, faults.not_finite, 0.0)


def run_meter(source: DeviceSource, session: SessionOptions) -> None:
    """Shows the level of every input of one card until told to stop."""
    with running("capture", load_settings()) as process, closing(view_of(session, source.name)) as view:
        meters = InputMeters(source)
        paced = Paced(view)

        def tick() -> None:
            process.progress.beat()
            paced.show(meters.status, 0.0)

        meters.run(process.stop, tick)
