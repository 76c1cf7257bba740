"""`earshot sql "SELECT …"`: ask ClickHouse."""

import re
import sys
from contextlib import closing

import click
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from runtime.settings import load_settings
from sinks.clickhouse.store import Answer, Store

FORMATS = {"tsv": "TSVWithNames", "json": "JSONEachRow", "csv": "CSVWithNames"}
MAX_ROWS_SHOWN = 1000
_ROWS_FROM = frozenset(
    {"", "SELECT", "WITH", "FROM", "VALUES", "SHOW", "DESC", "DESCRIBE", "EXISTS", "EXPLAIN", "CHECK"}
)
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@click.command()
@click.argument("query")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", *FORMATS]),
    help="How rows are written. Default: a table on a terminal, else tsv. `json` is one object a line.",
)
@click.option("--write", is_flag=True, help="The QUERY may change something: as the sink's user.")
def command(query: str, output_format: str | None, *, write: bool) -> None:
    """Ask ClickHouse; `-` reads the QUERY from standard input. Nothing is changed without --write.

    The views are transcript, sessions, channel_minute, latency and corrections; docs/sql.md has recipes.
    """
    wanted = output_format or ("table" if sys.stdout.isatty() else "tsv")
    sql = (sys.stdin.read() if query == "-" else query).strip().removesuffix(";")
    with closing(Store(load_settings().clickhouse, only_reads=not write)) as store:
        if not returns_rows(sql):
            store.ask(sql)
        elif wanted == "table":
            Console().print(table_of(store.ask(sql)))
        else:
            for piece in store.ask_raw(sql, FORMATS[wanted]):
                sys.stdout.buffer.write(piece)
            sys.stdout.flush()


def returns_rows(sql: str) -> bool:
    """Whether the statement is one that answers with rows, by its first word."""
    first = _COMMENTS.sub(" ", sql).split(maxsplit=1)
    return bool(first) and first[0].lstrip("(").upper() in _ROWS_FROM


def table_of(answer: Answer) -> Group:
    """The answer as a table, and how many rows it has."""
    shown = answer.rows[:MAX_ROWS_SHOWN]
    count = f"{len(answer.rows):,} row" + ("s" if len(answer.rows) != 1 else "")
    if len(shown) < len(answer.rows):
        count += f", the first {len(shown):,} shown: write all with --format tsv"
    table = Table()
    for at, column in enumerate(answer.columns):
        numbers = bool(shown) and isinstance(shown[0][at], int | float) and not isinstance(shown[0][at], bool)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in shown:
        table.add_row(*(_cell(value) for value in row))
    return Group(table, Text(count, style="dim"))


def _cell(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text.replace("[", "\\[")
