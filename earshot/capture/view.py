"""What a running capture shows: a live table on a terminal, plain lines in a log, JSON lines to a program."""

import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from producers.stream import ChannelStatus

REPORT_S = 1.0
PLAIN_REPORT_S = 10.0
METER_CELLS = 24
METER_FLOOR_DBFS = -60.0
LOUD_DBFS = -6.0
Clock = Callable[[], float]


class View(Protocol):
    """Shows how a capture stands."""

    def show(self, channels: Sequence[ChannelStatus], buffered_s: float) -> None:
        """Shows the channels; `buffered_s` seconds of sound are not acknowledged yet."""

    def close(self) -> None:
        """Leaves the terminal as it should be."""


class TableView:
    """A table that stays in place."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._live = Live(console=Console(stderr=True), refresh_per_second=4, transient=True)
        self._live.start()
        send_logs_to(sys.stderr)  # which the live table has just replaced, so that lines scroll above it

    def show(self, channels: Sequence[ChannelStatus], buffered_s: float) -> None:
        """Redraws the table."""
        table = Table(title=f"{self._title}    held {buffered_s:.1f} s", title_justify="left", expand=False)
        for name in ("channel", "position", "level", "dBFS", "gaps", "clipped"):
            least = METER_CELLS if name == "level" else None  # or the table would change its width with the sound
            table.add_column(
                name, justify="left" if name in ("channel", "level") else "right", no_wrap=True, min_width=least
            )
        for channel in channels:
            table.add_row(
                channel.channel_id,
                clock_time(channel.position_s),
                meter(channel.level_dbfs),
                f"{channel.level_dbfs:.0f}",
                f"{channel.gap_s:.1f} s" if channel.gap_s else "",
                str(channel.clipped or ""),
            )
        self._live.update(table)

    def close(self) -> None:
        """Takes the table away."""
        self._live.stop()
        send_logs_to(sys.stderr)


class LineView:
    """A line now and then."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._shown_at = clock()

    def show(self, channels: Sequence[ChannelStatus], buffered_s: float) -> None:
        """Writes a line every ten seconds."""
        if self._clock() - self._shown_at < PLAIN_REPORT_S:
            return
        self._shown_at = self._clock()
        position_s = max((channel.position_s for channel in channels), default=0.0)
        loud = sum(channel.level_dbfs > METER_FLOOR_DBFS for channel in channels)
        click.echo(
            f"{clock_time(position_s)}  {len(channels)} channels, {loud} with sound, {buffered_s:.1f} s held", err=True
        )

    def close(self) -> None:
        """Nothing to tidy."""


class JsonView:
    """One line of JSON on standard output for each channel, each second."""

    def show(self, channels: Sequence[ChannelStatus], buffered_s: float) -> None:
        """Writes the lines."""
        for channel in channels:
            report = {
                "channel": channel.channel_id,
                "position_s": round(channel.position_s, 3),
                "level_dbfs": round(channel.level_dbfs, 1),
                "clipped": channel.clipped,
                "not_finite": channel.not_finite,
                "gap_s": round(channel.gap_s, 3),
                "buffered_s": round(buffered_s, 3),
            }
            click.echo(json.dumps(report))

    def close(self) -> None:
        """Nothing to tidy."""


class Paced:
    """Shows at most once a second, however often it is asked."""

    def __init__(self, view: View, clock: Clock = time.monotonic) -> None:
        self._view = view
        self._clock = clock
        self._due = clock()

    def show(self, channels: Callable[[], Sequence[ChannelStatus]], buffered_s: float) -> None:
        """Asks for the channels, and shows them, if a second has passed."""
        if self._clock() >= self._due:
            self._due = self._clock() + REPORT_S
            self._view.show(channels(), buffered_s)


def remarks(channels: Sequence[ChannelStatus]) -> list[str]:
    """What was wrong with the sound of a session, a line for each kind; none if nothing was."""
    kinds = (
        ("missing and marked as gaps", {c.channel_id: f"{c.gap_s:.2f} s" for c in channels if c.gap_s}),
        (
            "samples at full scale: lower the level at the source",
            {c.channel_id: f"{c.clipped}" for c in channels if c.clipped},
        ),
        (
            "samples that were no numbers (NaN, infinite), made silence: mend the source",
            {c.channel_id: f"{c.not_finite}" for c in channels if c.not_finite},
        ),
    )
    return [
        f"{', '.join(f'{channel} {amount}' for channel, amount in amounts.items())} {what}"
        for what, amounts in kinds
        if amounts
    ]


def send_logs_to(stream: TextIO) -> None:
    """Points the log at another stream."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(stream)


def clock_time(seconds: float) -> str:
    """`1:02:03` or `02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute:02d}:{second:02d}"


def meter(level_dbfs: float) -> Text:
    """A level as a bar: red near full scale."""
    share = min(1.0, max(0.0, 1 - level_dbfs / METER_FLOOR_DBFS))
    style = "red" if level_dbfs > LOUD_DBFS else "green"
    return Text("━" * round(share * METER_CELLS), style=style)
