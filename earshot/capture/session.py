"""What every way of capturing shares: its options, the session, what is shown, and the orderly end."""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from earshot.capture.recorded import check_not_recorded
from earshot.capture.view import JsonView, LineView, Paced, TableView, View, remarks
from producers.broker_watch import Waits
from producers.publisher import Publisher
from producers.sessions import check_session_id
from runtime.errors import AudioError
from runtime.process import Process, running
from runtime.settings import Settings, load_settings

F = TypeVar("F", bound=Callable[..., Any])
Tick = Callable[[], None]
Play = Callable[[Publisher, Process, Tick], list[str]]


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """Options of every way of capturing."""

    session: str | None
    resume: bool
    spool: str | None
    status_json: bool


OPTIONS = (
    click.option("--session", metavar="ID", help="Session id. Default: time and site."),
    click.option("--resume", is_flag=True, help="Go on with a session that was cut off."),
    click.option("--spool", metavar="DIR", help="Hold frames on disk until the broker has them: outages lose nothing."),
    click.option("--status-json", is_flag=True, help="A line of JSON per channel and second on standard output."),
)


def session_options(function: F) -> F:
    """Adds the options of every way of capturing."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def take_session_options(arguments: dict[str, Any]) -> SessionOptions:
    """Takes the session's options out of a command's. Raises ConfigError for a bad session id."""
    taken = {name: arguments.pop(name) for name in SessionOptions.__dataclass_fields__}
    if taken["session"] is not None:
        taken["session"] = check_session_id(taken["session"])
    return SessionOptions(**taken)


def run_session(options: SessionOptions, channels: Sequence[str], play: Play) -> None:
    """Opens the session, plays `channels` of it, shows how it goes, ends every stream in order and reports.

    `play` returns what was wrong with sources; that is raised, as an AudioError, once all the rest is published.
    """
    settings = _with_spool(load_settings(), options.spool)
    with running("capture", settings) as process:
        if options.session is not None and not options.resume:
            check_not_recorded(settings.clickhouse, options.session, channels)
        waits = Waits(process.stop, process.progress.beat)
        publisher = Publisher(options.session, settings=settings, resume=options.resume, waits=waits)
        click.echo(f"session {publisher.session}", err=True)
        with publisher, closing(view_of(options, f"session {publisher.session}")) as view:
            paced = Paced(view)

            def tick() -> None:
                process.progress.beat()
                paced.show(publisher.status, publisher.buffered_s)

            faults = play(publisher, process, tick)
            view.show(publisher.status(), publisher.buffered_s)
        _report(options, publisher, process.stop.is_set())
    if faults:
        raise AudioError("\n".join(faults))


def _with_spool(settings: Settings, folder: str | None) -> Settings:
    if folder is None:
        return settings
    return settings.model_copy(update={"capture": settings.capture.model_copy(update={"spool_dir": folder})})


def view_of(options: SessionOptions, title: str) -> View:
    """JSON if asked for, a table on a terminal, else lines."""
    if options.status_json:
        return JsonView()
    return TableView(title) if sys.stderr.isatty() else LineView()


def _report(options: SessionOptions, publisher: Publisher, is_stopped: bool) -> None:
    frames = publisher.delivered_frames
    if options.status_json:
        click.echo(json.dumps({"session": publisher.session, "frames": frames, "stopped": is_stopped}))
    for remark in remarks(publisher.status()):
        click.echo(remark, err=True)
    state = "stopped" if is_stopped else "done"
    click.echo(f"{state}: {frames} frames of session {publisher.session} are in the log", err=True)
    click.echo("next: earshot tail, or earshot search WORDS", err=True)
