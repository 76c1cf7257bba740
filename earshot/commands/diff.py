"""`earshot diff A B`: what changed from one session to another."""

import json
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from review.comparison import compare
from review.page import page_of
from review.report import facts_of, lines_of
from review.rows import read_session
from runtime.settings import load_settings
from sinks.clickhouse.store import Store

TOO_DIFFERENT_EXIT_CODE = 1


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """What the command line asks for."""

    a: str
    b: str
    max_cer: float | None
    loose: bool
    json_file: Path | None
    html_file: Path | None


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--max-cer", type=click.FloatRange(0), metavar="SHARE", help="End with 1 above it, as in 0.02 for 2 %.")
@click.option("--loose", is_flag=True, help="Count errors without case and punctuation.")
@click.option("--json", "json_file", metavar="FILE", type=click.Path(path_type=Path), help="Write all of it as JSON.")
@click.option("--html", "html_file", metavar="FILE", type=click.Path(path_type=Path), help="Write it as a page.")
def command(**arguments: object) -> None:
    """Compare session B with session A: text, times, corrections, settings, cost and latency.

    Both are aligned by the time of the stream, so a replay lies beside its original.
    """
    options = DiffOptions(**arguments)  # type: ignore[arg-type]  # click has checked them
    with closing(Store(load_settings().clickhouse, only_reads=True)) as store:
        sessions = read_session(store, options.a), read_session(store, options.b)
    comparison = compare(*sessions, loose=options.loose)
    console = Console(highlight=False, soft_wrap=True)
    for line in lines_of(comparison):
        console.print(line)
    if options.json_file is not None:
        text = json.dumps(facts_of(comparison), ensure_ascii=False, indent=1) + "\n"
        options.json_file.write_text(text, encoding="utf-8")
    if options.html_file is not None:
        options.html_file.write_text(page_of(comparison), encoding="utf-8")
    cer = comparison.total.cer
    if options.max_cer is not None and not comparison.is_whole:
        click.echo("half a replay is not measured: play it to its end", err=True)
        sys.exit(TOO_DIFFERENT_EXIT_CODE)
    if options.max_cer is not None and cer > options.max_cer:
        click.echo(f"CER {cer:.2%} is above {options.max_cer:.2%}", err=True)
        sys.exit(TOO_DIFFERENT_EXIT_CODE)
