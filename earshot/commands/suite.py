"""`earshot suite FOLDER`: fixtures as a regression test."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from review.junit import junit
from review.overrides import parse_overrides, with_overrides
from review.suite import Case, Suite, fixtures_in
from runtime.logs import configure_logging
from runtime.settings import load_settings

FAILED_EXIT_CODE = 1


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--junit", "junit_file", metavar="FILE", type=click.Path(path_type=Path), help="Write JUnit XML.")
@click.option(
    "--set", "overrides", multiple=True, metavar="GROUP.NAME=VALUE", help="Another setting, as in vad.stop=0.3."
)
def command(folder: Path, junit_file: Path | None, overrides: tuple[str, ...]) -> None:
    """Run every fixture in FOLDER through the pipeline and hold its text to what is expected of it.

    No broker and no ClickHouse are needed. Ends with 1 where a text is further off than its fixture's limits allow.
    """
    settings = with_overrides(load_settings(), parse_overrides(overrides))
    configure_logging(settings.log, "suite")
    console = Console(highlight=False, soft_wrap=True)
    suite = Suite(settings, folder)
    cases: list[Case] = []
    untested: list[tuple[str, str]] = []
    for fixture in fixtures_in(folder):
        untested += suite.untested(fixture)
        for case in suite.run(fixture):
            cases.append(case)
            console.print(_line(case))
    for name, channel in untested:
        console.print(Text.assemble(("none", "yellow"), f"  {name} {channel}: no expect, not tested"))
    if junit_file is not None:
        junit_file.write_text(junit(cases, untested), encoding="utf-8")
    failed = sum(bool(case.failure) for case in cases)
    click.echo(f"{len(cases) - failed} of {len(cases)} passed", err=True)
    if failed:
        sys.exit(FAILED_EXIT_CODE)


def _line(case: Case) -> Text:
    state = ("FAIL", "bold red") if case.failure else ("pass", "green")
    figures = f"  CER {case.errors.cer:.2%}  WER {case.errors.wer:.2%}  {case.seconds:.1f} s"
    line = Text.assemble(state, f"  {case.fixture} {case.channel_id}", (figures, "dim"))
    if case.failure:
        line.append(f"\n      {case.failure}\n      expected  {case.expected}\n      heard     {case.heard}")
    return line
