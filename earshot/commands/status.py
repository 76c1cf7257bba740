"""`earshot status`: how every service goes."""

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from local.health import Health, health_at
from local.service import ServiceStatus, State
from local.stack_file import StackRecord, read_record
from review.losses import acknowledge as acknowledge_losses
from review.losses import read_losses
from runtime.errors import Unavailable
from runtime.kafka.admin import Admin
from runtime.kafka.losses import in_words
from runtime.settings import KafkaSettings, load_settings
from schemas.audio import MICROSECONDS

SERVERS = ("kafka", "clickhouse")


@dataclass(frozen=True, slots=True)
class Row:
    """One service as the table shows it."""

    status: ServiceStatus
    health: Health | None

    @property
    def is_down(self) -> bool:
        """Whether it does not do its work."""
        return self.status.state is not State.READY or self.health is None or not self.health.ok

    def cells(self) -> tuple[str, ...]:
        """Service, process, state, restarts, health, lag."""
        status, health = self.status, self.health
        said = _health_in_words(health)
        lag = "" if health is None or status.name in SERVERS else str(health.lag)
        color = "red" if self.is_down else "green"
        return (
            status.name,
            str(status.pid or "–"),
            f"[{color}]{status.state.value}[/]",
            str(status.restarts),
            f"[{color}]{said}[/]",
            lag,
        )


def _health_in_words(health: Health | None) -> str:
    if health is None:
        return "no answer"
    if not health.ok:
        return health.reason
    return f"waits for {health.held_up_by}" if health.held_up_by else "ok"


@click.command()
@click.option("--acknowledge", is_flag=True, help="Take note of the lost records: they are shown no more.")
def command(acknowledge: bool) -> None:
    """Show every service of this folder's stack, and what was lost.

    Exit code 1 if a service is down, nothing runs, or a loss is not acknowledged. Elsewhere than at the stack (as under
    Compose) only the losses are known.
    """
    settings = load_settings()
    data_dir = Path(settings.local.data_dir).absolute()
    record = read_record(data_dir)
    rows = [Row(status, health_at(status.ops_port)) for status in record.services] if record is not None else []
    if record is None:
        click.echo(f"nothing runs in {data_dir}: `earshot up` starts the stack")
    else:
        _show(record, rows)
    kafka = settings.kafka.model_copy(update={"bootstrap": record.bootstrap} if record is not None else {})
    is_lost = _show_losses(kafka, acknowledge)
    sys.exit(1 if is_lost or any(row.is_down for row in rows) or not rows else 0)


def _show_losses(kafka: KafkaSettings, acknowledge: bool) -> bool:
    """Shows what was lost, where a broker answers; returns whether anybody still has to take note of it."""
    try:
        told = read_losses(kafka) if Admin(kafka).is_up() else []
        for one in told:
            at = datetime.fromtimestamp(one.told_at_us // MICROSECONDS, UTC)
            click.secho(f"lost, told {at:%Y-%m-%d %H:%M:%S} UTC: {in_words(one.loss)}", fg="red")
        if told and acknowledge:
            acknowledge_losses(kafka, [one.loss for one in told])
            click.echo(f"{len(told)} acknowledged: they are shown no more")
    except Unavailable as error:
        click.echo(f"what was lost cannot be read: {error}")
        return False
    if told and not acknowledge:
        click.echo("`earshot status --acknowledge` takes note of it")
    return bool(told) and not acknowledge


def _show(record: StackRecord, rows: list[Row]) -> None:
    table = Table("service", "pid", "state", "restarts", "health", "lag", box=None, header_style="bold")
    for row in rows:
        table.add_row(*row.cells())
    console = Console()
    minutes, seconds = divmod(int(time.time() - record.started_at), 60)
    console.print(f"process {record.pid}, up {minutes} min {seconds} s", highlight=False)
    console.print(f"Kafka {record.bootstrap}   ClickHouse {record.clickhouse_url}", highlight=False)
    console.print(table)
