"""`earshot glossary push | show | test`: the terms, and what they would change."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from processors.glossary.corrector import Corrector, Explained
from processors.glossary.push import changes_between, push
from processors.glossary.terms_feed import read_terms
from processors.glossary.terms_file import load_terms
from processors.glossary.version import version_of
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.settings import Settings, load_settings
from schemas.events import GlossaryTerm
from schemas.topics import GLOSSARY

NAMES_SHOWN = 10


@click.group()
def command() -> None:
    """Push, show and try the glossary."""


@command.command(name="push")
@click.argument("file", type=click.Path(path_type=Path))
def push_command(file: Path) -> None:
    """Make FILE the glossary: its terms are published, terms that it no longer holds are deleted.

    Running stages take the change up at once.
    """
    terms = load_terms(file)
    settings = load_settings()
    changes = changes_between(_pushed(settings), terms)
    with Writer(settings.kafka, WriterOptions(name="glossary-push")) as writer:
        push(writer, terms, changes)
    for name, items in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        if items:
            click.echo(f"{name:8} {len(items):>6}  {_some(items)}")
    click.echo(f"{len(terms)} terms, {len(changes.unchanged)} unchanged; version {version_of(terms) or 'none'}")


@command.command()
@click.option("--file", type=click.Path(path_type=Path), help="A file instead of what was pushed.")
def show(file: Path | None) -> None:
    """List the terms that the stages use now."""
    terms = _terms(file)
    table = Table("term", "aliases", "language", "category")
    for term in sorted(terms, key=lambda term: (term.category, term.term)):
        table.add_row(Text(term.term), Text(", ".join(term.aliases)), term.language, Text(term.category))
    Console().print(table, Text(_count(terms), style="dim"), sep="\n")


@command.command()
@click.argument("text")
@click.option("--file", type=click.Path(path_type=Path), help="A file instead of what was pushed.")
@click.option("--language", default="", metavar="CODE", help="Language of the text (ISO 639-1). Default: any.")
@click.option("--threshold", type=click.FloatRange(0, 100), help="Fuzzy threshold instead of the setting.")
def test(text: str, file: Path | None, language: str, threshold: float | None) -> None:
    """Show what would be changed in TEXT, by which rule, and what was left alone and why."""
    settings = load_settings()
    corrector = Corrector(_terms(file), settings.glossary.fuzzy_threshold if threshold is None else threshold)
    _print_explained(corrector.explain(text, language))


def _print_explained(explained: Explained) -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print(Text(explained.corrected.text, style="bold"))
    for made in explained.corrected.corrections:
        change = Text.assemble(("  changed  ", "green"), made.from_text, " → ", (made.to_text, "green"))
        console.print(change + Text(f"  ({made.rule}, {made.score:g}, {made.start}–{made.end})", style="dim"))
    for miss in explained.near_misses:
        left = Text.assemble(("  left     ", "yellow"), miss.heard, " ≈ ", miss.term)
        console.print(left + Text(f"  ({miss.score:g}: {miss.reason})", style="dim"))
    if not explained.corrected.corrections and not explained.near_misses:
        console.print(Text("  nothing in it sounds like a term", style="dim"))


def _terms(file: Path | None) -> list[GlossaryTerm]:
    return load_terms(file) if file is not None else list(_pushed(load_settings()).values())


def _pushed(settings: Settings) -> dict[str, GlossaryTerm]:
    Admin(settings.kafka).ensure_topics([GLOSSARY])
    return read_terms(settings.kafka)


def _some(items: tuple[str, ...]) -> str:
    more = f", … {len(items) - NAMES_SHOWN} more" if len(items) > NAMES_SHOWN else ""
    return ", ".join(items[:NAMES_SHOWN]) + more


def _count(terms: list[GlossaryTerm]) -> str:
    return f"{len(terms)} terms, version {version_of(terms) or 'none'}"
