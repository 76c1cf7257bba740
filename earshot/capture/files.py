"""`earshot capture FILES…`: files as live channels."""

from dataclasses import dataclass
from pathlib import Path

import click

from earshot.capture.session import Tick, run_session, session_options, take_session_options
from producers.mapping import ONLY, Pick, channels_for, parse_map
from producers.pacing import Pacer, speed_of
from producers.playback import Playback
from producers.publisher import Publisher
from producers.reel import Reel
from runtime.errors import ConfigError
from runtime.process import Process


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What is played, and how."""

    files: tuple[Path, ...]
    channel: str | None
    map: str | None
    speed: str
    loop: int
    seconds: float | None


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--channel", metavar="C01,…", help="Channel of each file. Default: its name if it is one, else C01 on.")
@click.option("--map", metavar="1:C01,…", help="Channels of one multichannel file; mix:C01 mixes all into one.")
@click.option("--speed", default="1", show_default=True, metavar="N|max", help="Times real time.")
@click.option("--loop", default=1, show_default=True, type=click.IntRange(1), help="Play so many times.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="Play only so much of each file.")
@session_options
def files(**arguments: object) -> None:
    """Publish FILES as live channels: any format FFmpeg reads, one file for each channel.

    A file with several channels needs --map. Ctrl-C ends the streams in order; --resume with the same files goes on to
    the sample.
    """
    session = take_session_options(arguments)
    options = FileOptions(**arguments)  # type: ignore[arg-type]  # click has checked them
    speed = speed_of(options.speed)
    reels = [Reel(path, picks, options.loop, options.seconds) for path, picks in picks_of(options)]

    def play(publisher: Publisher, process: Process, tick: Tick) -> list[str]:
        playback = Playback(publisher, reels)
        playback.play(lambda: Pacer(speed, process.stop), lambda position_s: tick())
        return playback.faults

    run_session(session, [pick.channel_id for reel in reels for pick in reel.picks], play)


def picks_of(options: FileOptions) -> list[tuple[Path, tuple[Pick, ...]]]:
    """The files, and what is taken of each. Raises ConfigError where the options do not fit together."""
    if options.map is None:
        channels = channels_for([path.stem for path in options.files], options.channel)
        return [(path, (Pick(ONLY, channel),)) for path, channel in zip(options.files, channels, strict=True)]
    if options.channel is not None or len(options.files) > 1:
        raise ConfigError("--map is for one file alone, without --channel: run a second capture for other files")
    return [(options.files[0], parse_map(options.map))]
