"""`earshot tail`: follow the channels live."""

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event
from zlib import crc32

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from earshot.live_lines import LiveLines, Stream
from producers.sessions import check_channel_id
from runtime.errors import BadRecord
from runtime.kafka import Reader, ReaderOptions
from runtime.settings import load_settings
from schemas.codec import decode
from schemas.events import Segment
from schemas.topics import SEGMENTS, SEGMENTS_INTERIM

READ_RECORDS = 500
READ_S = 0.1
WITHOUT_TEXT = "[speech without text]"
COLORS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")


@click.command()
@click.option("--channel", metavar="C01,…", help="These channels only.")
@click.option("--session", metavar="ID", help="This session only.")
@click.option("--interim/--no-interim", default=True, help="Show guesses until the final text comes (terminal only).")
def command(channel: str | None, session: str | None, interim: bool) -> None:
    """Follow the channels live until Ctrl-C.

    On a terminal, what is being said is shown dim and turns final in place; elsewhere each final is one line.
    """
    live = interim and sys.stdout.isatty()
    topics = (SEGMENTS.name, SEGMENTS_INTERIM.name) if live else (SEGMENTS.name,)
    wanted = wanted_by(channel, session)
    try:
        with Reader(load_settings().kafka, ReaderOptions(topics=topics, start="latest")) as reader, _told() as told:
            if live:
                _follow_live(reader, wanted, told)
            else:
                _follow(reader, wanted, told)
    except KeyboardInterrupt:
        return


def wanted_by(channel: str | None, session: str | None) -> Callable[[Segment], bool]:
    """Whether a segment is asked for. Raises ConfigError for a channel that does not exist."""
    channels = {check_channel_id(name.strip()) for name in channel.split(",")} if channel else set()

    def wanted(segment: Segment) -> bool:
        return (not channels or segment.channel_id in channels) and (not session or segment.session_id == session)

    return wanted


def line_of(segment: Segment) -> str:
    """A final as one line: time (UTC) at which it was spoken, channel, text."""
    spoken_at = datetime.fromtimestamp(segment.captured_at / 1_000_000, UTC)
    return f"{spoken_at:%H:%M:%S}  {segment.channel_id}  {segment.text or WITHOUT_TEXT}"


@contextmanager
def _told() -> Iterator[Event]:
    """Ctrl-C as an event: an exception that comes inside a callback of the client is lost there."""
    told = Event()
    before = signal.signal(signal.SIGINT, lambda number, frame: told.set())
    try:
        yield told
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(reader: Reader, wanted: Callable[[Segment], bool], told: Event) -> None:
    while not told.is_set():
        for segment in _read(reader, wanted):
            click.echo(line_of(segment))


def _follow_live(reader: Reader, wanted: Callable[[Segment], bool], told: Event) -> None:
    lines = LiveLines()
    console = Console(highlight=False)
    with Live(console=console, refresh_per_second=10, transient=True) as live:
        while not told.is_set():
            for segment in _read(reader, wanted):
                final = lines.take(segment, time.monotonic())
                if final is not None:
                    console.print(styled(line_of(final), final.channel_id))
            live.update(Group(*(guessed(stream, text) for stream, text in lines.guesses(time.monotonic()))))


def _read(reader: Reader, wanted: Callable[[Segment], bool]) -> Iterable[Segment]:
    for record in reader.read(READ_RECORDS, READ_S):
        try:
            segment = decode(Segment, record.value)
        except BadRecord:
            continue  # the stages that own it have put it into the dead letters
        if wanted(segment):
            yield segment


def styled(line: str, channel_id: str) -> Text:
    """A final with its channel in a colour of its own."""
    time_of, channel, text = line.split("  ", 2)
    return Text.assemble((time_of, "dim"), "  ", (channel, _color_of(channel_id)), "  ", text)


def guessed(stream: Stream, text: str) -> Text:
    """A guess, dim."""
    return Text.assemble("          ", (stream[1], _color_of(stream[1])), "  ", (f"{text} …", "dim italic"))


def _color_of(channel_id: str) -> str:
    return COLORS[crc32(channel_id.encode()) % len(COLORS)]
