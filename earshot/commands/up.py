"""`earshot up`: the local stack and every stage, in the foreground or detached."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import click

from local.log_file import last_lines
from local.roster import STAGES
from local.stack import Stack, StackOptions
from local.stack_file import StackRecord, read_record
from runtime.errors import LocalStackError
from runtime.settings import Settings, child_environment, load_settings

COLORS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_yellow")
NAME_WIDTH = 13
READY_WITHIN_S = 300.0
POLL_S = 0.2
LINES_OF_LOG = 20


@click.command()
@click.option("-d", "--detach", is_flag=True, help="Return once everything is ready; `earshot down` ends it.")
@click.option("-q", "--quiet", is_flag=True, help="Keep the services' own lines out of the terminal.")
@click.option("--without", multiple=True, type=click.Choice(STAGES), help="Leave a stage to another machine.")
def command(detach: bool, quiet: bool, without: tuple[str, ...]) -> None:
    """Start what is configured as local, and every stage, and keep it running."""
    settings = load_settings()
    if detach:
        _detach(settings, without)
        return
    signal.signal(signal.SIGINT, _interrupt)  # also where a shell has it ignored, as for what runs in its background
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    terminal = Terminal(quiet=quiet)
    try:
        stages = tuple(stage for stage in STAGES if stage not in without)
        options = StackOptions(stages, tell=terminal.tell, on_line=terminal.line)
        with Stack(_for_terminal(settings), options) as stack:
            stack.start()
            _greet(stack)
            signal.pause()
    except KeyboardInterrupt:
        terminal.tell("bye")


class Terminal:
    """Writes lines of several threads whole, each with the name of the service that said it.

    A line that cannot be written (a full disk under a redirected output) is left out: services need those threads.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._lock = threading.Lock()
        self._colors: dict[str, str] = {}

    def tell(self, text: str) -> None:
        """A line of the stack itself."""
        with self._lock:
            _echo(click.style(f"{'earshot':{NAME_WIDTH}}", bold=True) + f"│ {text}")

    def line(self, name: str, text: str) -> None:
        """A line of a service."""
        if not self._quiet:
            with self._lock:
                color = self._colors.setdefault(name, COLORS[len(self._colors) % len(COLORS)])
                _echo(click.style(f"{name:{NAME_WIDTH}}│", fg=color) + f" {text}")


def _echo(line: str) -> None:
    with contextlib.suppress(OSError):
        click.echo(line, err=True)


def _for_terminal(settings: Settings) -> Settings:
    """Services see a pipe; what they should write is what our own terminal shows."""
    if settings.log.format != "auto" or not sys.stderr.isatty():
        return settings
    return settings.model_copy(update={"log": settings.log.model_copy(update={"format": "color"})})


def _greet(stack: Stack) -> None:
    settings = stack.settings
    click.echo(f"Kafka       {settings.kafka.bootstrap}")
    click.echo(f"ClickHouse  {settings.clickhouse.url}")
    click.echo(f"logs        {stack.log_folder}")
    click.echo("Ctrl-C ends it. Elsewhere: earshot status, earshot capture …, earshot tail")


def _detach(settings: Settings, without: tuple[str, ...]) -> None:
    data_dir = Path(settings.local.data_dir).absolute()
    running = read_record(data_dir)
    if running is not None:
        raise LocalStackError(
            f"{data_dir} has a running stack already (process {running.pid}): `earshot status` shows it"
        )
    log = data_dir / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "earshot", "up", "--quiet", *(f"--without={stage}" for stage in without)],
            env=child_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    record = _wait_until_ready(child, data_dir, log)
    click.echo(f"running as process {record.pid}: Kafka at {record.bootstrap}, ClickHouse at {record.clickhouse_url}")
    click.echo("`earshot status` shows how it goes; `earshot down` ends it")


def _wait_until_ready(child: "subprocess.Popen[bytes]", data_dir: Path, log: Path) -> StackRecord:
    deadline = time.monotonic() + READY_WITHIN_S
    shown = 0
    while time.monotonic() < deadline:
        lines = log.read_text(errors="replace").splitlines()
        for line in lines[shown:]:
            click.echo(line, err=True)
        shown = len(lines)
        record = read_record(data_dir)
        if record is not None and record.pid == child.pid and record.is_ready:
            return record
        if child.poll() is not None:
            raise LocalStackError(f"the stack ended while starting (status {child.returncode}); see {log}")
        time.sleep(POLL_S)
    child.terminate()
    raise LocalStackError(
        f"the stack is not ready after {READY_WITHIN_S:g} s; the end of {log}:\n{last_lines(log, LINES_OF_LOG)}"
    )


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
