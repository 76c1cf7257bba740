"""`earshot audit SESSION`: whether all that was made of a session adds up."""

import json
import sys
from contextlib import closing

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from review.audit.channel_account import figures, total
from review.audit.session_audit import Audit, Auditor
from runtime.settings import load_settings
from sinks.clickhouse.store import Store

UNEVEN_EXIT_CODE = 1
TABLE_COLUMNS = 124


@click.command()
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def command(session: str, as_json: bool) -> None:
    """Count everything of SESSION against each other: frames, windows, transcripts, segments, rows, dead letters.

    Ends with 1 and says where, if something is missing that nothing explains.
    """
    settings = load_settings()
    with closing(Store(settings.clickhouse, only_reads=True)) as store:
        audit = Auditor(settings.kafka, store).audit(session)
    if as_json:
        click.echo(json.dumps(facts_of(audit), ensure_ascii=False))
    else:
        _show(audit)
    if not audit.adds_up:
        sys.exit(UNEVEN_EXIT_CODE)


def facts_of(audit: Audit) -> dict[str, object]:
    """The audit as JSON has it."""
    return {
        "session": audit.session_id,
        "adds_up": audit.adds_up,
        "total": total(audit.channels),
        "channels": {account.channel_id: figures(account) for account in audit.channels},
        "faults": [{"stage": fault.step, "text": fault.text} for fault in audit.faults],
        "remarks": list(audit.remarks),
    }


def _show(audit: Audit) -> None:
    console = Console(highlight=False, soft_wrap=True, width=max(TABLE_COLUMNS, Console().width))
    sums = total(audit.channels)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("channel", no_wrap=True)
    for name in sums:
        heading = name.removesuffix("_s").replace("_", " ") + (" (s)" if name.endswith("_s") else "")
        table.add_column(heading, justify="right", no_wrap=True)
    for account in audit.channels:
        table.add_row(account.channel_id, *map(_cell, figures(account).values()))
    if len(audit.channels) > 1:
        table.add_section()
        table.add_row("all", *map(_cell, sums.values()))
    console.print(table)
    for remark in audit.remarks:
        console.print(Text(remark, style="dim"))
    for fault in audit.faults:
        console.print(Text.assemble((fault.step, "bold red"), f"  {fault.text}"))
    click.echo(f"{audit.session_id}: " + ("adds up" if audit.adds_up else "does not add up"), err=True)


def _cell(value: float) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
