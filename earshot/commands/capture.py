"""`earshot capture FILES…`: files as live channels."""

import json
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click

from earshot.capture_view import JsonView, LineView, Paced, TableView, View
from producers.broker_watch import Waits
from producers.mapping import ONLY, Pick, channels_for, parse_map
from producers.pacing import Pacer, speed_of
from producers.playback import Playback
from producers.publisher import Publisher
from producers.reel import Reel
from producers.sessions import check_session_id
from runtime.errors import AudioError, ConfigError
from runtime.process import Process, running
from runtime.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """What the command line asks for."""

    files: tuple[Path, ...]
    channel: str | None
    map: str | None
    session: str | None
    speed: str
    loop: int
    seconds: float | None
    resume: bool
    spool: str | None
    status_json: bool


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--channel", metavar="C01,…", help="Channel of each file. Default: its name if it is one, else C01 on.")
@click.option("--map", metavar="1:C01,…", help="Channels of one multichannel file; mix:C01 mixes all into one.")
@click.option("--session", metavar="ID", help="Session id. Default: time and site.")
@click.option("--speed", default="1", show_default=True, metavar="N|max", help="Times real time.")
@click.option("--loop", default=1, show_default=True, type=click.IntRange(1), help="Play so many times.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="Play only so much of each file.")
@click.option("--resume", is_flag=True, help="Go on with a session that was cut off; the files are those of before.")
@click.option("--spool", metavar="DIR", help="Hold frames on disk until the broker has them: outages lose nothing.")
@click.option("--status-json", is_flag=True, help="A line of JSON for each channel, each second, on standard output.")
def command(**arguments: object) -> None:
    """Publish FILES as live channels: any format FFmpeg reads, one file for each channel.

    A file with several channels needs --map. Ctrl-C ends the streams in order.
    """
    options = CaptureOptions(**arguments)  # type: ignore[arg-type]  # click has checked them
    settings = _with_spool(load_settings(), options.spool)
    speed = speed_of(options.speed)
    if options.session is not None:
        check_session_id(options.session)
    reels = [Reel(path, picks, options.loop, options.seconds) for path, picks in picks_of(options)]
    with running("capture", settings) as process:
        _capture(options, settings, process, reels, speed)


def picks_of(options: CaptureOptions) -> list[tuple[Path, tuple[Pick, ...]]]:
    """The files, and what is taken of each. Raises ConfigError where the options do not fit together."""
    if options.map is None:
        channels = channels_for(options.files, options.channel)
        return [(path, (Pick(ONLY, channel),)) for path, channel in zip(options.files, channels, strict=True)]
    if options.channel is not None or len(options.files) > 1:
        raise ConfigError("--map is for one file alone, without --channel: run a second capture for other files")
    return [(options.files[0], parse_map(options.map))]


def _with_spool(settings: Settings, folder: str | None) -> Settings:
    if folder is None:
        return settings
    return settings.model_copy(update={"capture": settings.capture.model_copy(update={"spool_dir": folder})})


def _capture(
    options: CaptureOptions, settings: Settings, process: Process, reels: list[Reel], speed: float | None
) -> None:
    waits = Waits(process.stop, process.progress.beat)
    publisher = Publisher(options.session, settings=settings, resume=options.resume, waits=waits)
    playback = Playback(publisher, reels)
    click.echo(f"session {publisher.session}", err=True)
    with publisher, closing(_view(options, publisher.session)) as view:
        paced = Paced(view)

        def on_tick(position_s: float) -> None:
            process.progress.beat()
            paced.show(publisher.status, publisher.buffered_s)

        playback.play(lambda: Pacer(speed, process.stop), on_tick)
        view.show(publisher.status(), publisher.buffered_s)
    _report(options, publisher, playback, process.stop.is_set())


def _view(options: CaptureOptions, session: str) -> View:
    if options.status_json:
        return JsonView()
    return TableView(f"session {session}") if sys.stderr.isatty() else LineView()


def _report(options: CaptureOptions, publisher: Publisher, playback: Playback, is_stopped: bool) -> None:
    frames = publisher.delivered_frames
    if options.status_json:
        click.echo(json.dumps({"session": publisher.session, "frames": frames, "stopped": is_stopped}))
    state = "stopped" if is_stopped else "done"
    click.echo(f"{state}: {frames} frames of session {publisher.session} are in the log", err=True)
    click.echo("next: earshot tail, or earshot search WORDS", err=True)
    if playback.faults:
        raise AudioError("\n".join(playback.faults))
