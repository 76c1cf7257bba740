"""`earshot status`: how every service goes."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from local.health import Health, health_at
from local.service import ServiceStatus, State
from local.stack_file import StackRecord, read_record
from runtime.settings import load_settings

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
def command() -> None:
    """Show every service of this folder's stack; exit code 1 if one is down or nothing runs."""
    data_dir = Path(load_settings().local.data_dir).absolute()
    record = read_record(data_dir)
    if record is None:
        click.echo(f"nothing runs in {data_dir}: `earshot up` starts the stack")
        sys.exit(1)
    rows = [Row(status, health_at(status.ops_port)) for status in record.services]
    _show(record, rows)
    sys.exit(1 if any(row.is_down for row in rows) or not rows else 0)


def _show(record: StackRecord, rows: list[Row]) -> None:
    table = Table("service", "pid", "state", "restarts", "health", "lag", box=None, header_style="bold")
    for row in rows:
        table.add_row(*row.cells())
    console = Console()
    minutes, seconds = divmod(int(time.time() - record.started_at), 60)
    console.print(f"process {record.pid}, up {minutes} min {seconds} s", highlight=False)
    console.print(f"Kafka {record.bootstrap}   ClickHouse {record.clickhouse_url}", highlight=False)
    console.print(table)
