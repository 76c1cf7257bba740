"""`earshot replay SESSION`: run a session again, to the same text or to that of other settings."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from producers.pacing import speed_of
from producers.sessions import check_channel_id
from review.overrides import parse_overrides, with_overrides
from review.recording import Cut, Placed
from review.replaying import (
    Hooks,
    ReplayPlan,
    check_is_new,
    default_name,
    expected_frames,
    open_recording,
    replay_private,
    replay_shared,
)
from runtime.errors import ConfigError
from runtime.process import Process, running
from runtime.settings import Settings, load_settings
from schemas.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ
from schemas.topics import CHANNELS
from sinks.clickhouse.store import Store

FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What the command line asks for."""

    session: str
    channels: str | None
    from_s: float
    to_s: float | None
    speed: str
    name: str | None
    overrides: tuple[str, ...]
    glossary: Path | None


@click.command()
@click.argument("session")
@click.option("--channels", metavar="C01,…", help="These channels only.")
@click.option("--from", "from_s", default=0.0, metavar="S", type=click.FloatRange(0), help="From this second on.")
@click.option("--to", "to_s", metavar="S", type=click.FloatRange(0, min_open=True), help="Up to this second.")
@click.option("--speed", default="max", show_default=True, metavar="N|max", help="Times real time.")
@click.option("--as", "name", metavar="NAME", help="Session id of the replay. Default: SESSION-r and the time.")
@click.option(
    "--set", "overrides", multiple=True, metavar="GROUP.NAME=VALUE", help="Another setting, as in vad.stop=0.3."
)
@click.option("--glossary", metavar="FILE", type=click.Path(path_type=Path), help="Another glossary.")
def command(**arguments: object) -> None:
    """Run SESSION again as a new session; SESSION may also be a folder made by `earshot export --audio`.

    The shared stages work on it beside live speech, which keeps its priority. With --set or --glossary this process
    does the work by itself, so that live speech never meets those settings; only the rows are shared. `earshot diff`
    then says what changed. With --from, up to a minute before is heard as well: windows need it to fall into step.
    """
    options = ReplayOptions(**arguments)  # type: ignore[arg-type]  # click has checked them
    settings = load_settings()
    channels, speed, overrides = _checked(options, settings)
    with running("replay", settings) as process, closing(Store(settings.clickhouse)) as store:
        recording = open_recording(settings, store, options.session, channels)
        plan = ReplayPlan(
            recording=recording,
            session_id=options.name or default_name(recording.session_id, datetime.now(UTC)),
            channels=tuple(channel for channel in recording.channels if channel in channels),
            named=frozenset(channels) if options.channels else frozenset(),
            cut=Cut(options.from_s, float("inf") if options.to_s is None else options.to_s),
            speed=speed,
            overrides=overrides,
            glossary=options.glossary,
        )
        check_is_new(settings, store, plan.session_id)
        with _progress(plan, process) as hooks:
            (replay_private if plan.is_private else replay_shared)(settings, store, plan, hooks)
    click.echo(f"session {plan.session_id} is done", err=True)
    click.echo(f"next: earshot diff {recording.session_id} {plan.session_id}", err=True)


def channels_of(text: str | None) -> tuple[str, ...]:
    """The channels that `C01,C02` names; all without. Raises ConfigError."""
    return tuple(check_channel_id(channel.strip()) for channel in text.split(",")) if text else CHANNELS


def _checked(options: ReplayOptions, settings: Settings) -> tuple[tuple[str, ...], float | None, dict[str, str]]:
    """Channels, speed and settings of its own; what is wrong in them needs no server to be told. Raises ConfigError."""
    speed = speed_of(options.speed)
    overrides = parse_overrides(options.overrides)
    with_overrides(settings, overrides)
    if speed is not None and (overrides or options.glossary is not None):
        raise ConfigError("--speed is for the shared stages: a replay with settings of its own runs as fast as it can")
    return channels_of(options.channels), speed, overrides


@contextmanager
def _progress(plan: ReplayPlan, process: Process) -> Iterator[Hooks]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[heard]}"), TimeElapsedColumn())
    total = expected_frames(plan)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"replaying as {plan.session_id}", total=total, heard="")
        frames = 0

        def tell(placed: Placed) -> None:
            nonlocal frames
            frames += 1
            process.progress.beat()
            bar.update(task, completed=frames, heard=f"{frames * FRAME_S:.0f} s of sound")

        def watch() -> None:
            process.progress.beat()

        yield Hooks(process.stop, tell, watch)
