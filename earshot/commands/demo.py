"""`earshot demo`: the sixteen-channel exercise, live, through the real pipeline."""

import signal
import sys
from types import FrameType

import click
from rich.console import Console

from demo.live.rehearsal import Rehearsal, RehearsalOptions
from runtime.settings import load_settings


@click.command()
@click.option("--speed", default="1", show_default=True, metavar="N|max", help="Times real time.")
@click.option("--seconds", type=click.FloatRange(1), help="Play only so much of the exercise.")
@click.option("--keep-running", is_flag=True, help="Leave the stack running afterwards, until Ctrl-C.")
def command(speed: str, seconds: float | None, keep_running: bool) -> None:
    """Start the local stack, play sixteen channels of a radio exercise, and account for every frame.

    Exit status 0 only if every speaking channel gave text, no other did, and everything published is accounted for.
    """
    signal.signal(signal.SIGTERM, _end)  # its capture and its stack end first, as with Ctrl-C
    options = RehearsalOptions(speed, seconds, keep_running)
    raise SystemExit(Rehearsal(load_settings(), options, Console()).run())


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
