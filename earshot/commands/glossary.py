"""`earshot glossary push | show | test`: the terms, and what they would change."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from processors.glossary.corrector import Corrector, Explained
from processors.glossary.near_terms import near_terms
from processors.glossary.push import push
from processors.glossary.terms_file import load_terms
from processors.glossary.words.vocabulary import Dictionaries
from review.corrections import with_counts
from runtime.errors import EarshotError
from runtime.glossary_feed import GlossaryFeed
from runtime.kafka.admin import Admin
from runtime.settings import ClickHouseSettings, KafkaSettings, load_settings
from schemas.events import GlossaryTerm
from schemas.glossary.composition import composed
from schemas.glossary.table import Glossary, Oddities, glossary_of
from schemas.topics import GLOSSARY
from sinks.clickhouse.store import Store

NAMES_SHOWN = 10


@click.group()
def command() -> None:
    """Push, show and try the glossary."""


@command.command(name="push")
@click.argument("file", type=click.Path(path_type=Path))
def push_command(file: Path) -> None:
    """Make FILE the glossary: its terms are published, terms that it no longer holds are deleted.

    Running stages take it up at once, and whole: a push that is cut off changes nothing.
    """
    terms = load_terms(file)
    settings = load_settings()
    glossary = glossary_of(_counted(settings.clickhouse, terms))
    kafka = settings.kafka
    Admin(kafka).ensure_topics([GLOSSARY])
    changes = push(kafka, glossary)
    for name, items in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        if items:
            click.echo(f"{name:8} {len(items):>6}  {_some(items)}")
    count = f"{len(glossary.terms)} terms, {len(changes.unchanged)} unchanged"
    click.echo(f"{count}; version {glossary.version or 'none'}")
    near = near_terms(glossary.terms)
    for one, other in near[:NAMES_SHOWN]:
        click.echo(f"{one} and {other} are one sound apart: never corrected into each other", err=True)
    if len(near) > NAMES_SHOWN:
        click.echo(f"… and {len(near) - NAMES_SHOWN} more pairs of terms", err=True)


@command.command()
@click.option("--file", type=click.Path(path_type=Path), help="A file instead of what was pushed.")
def show(file: Path | None) -> None:
    """List the terms that the stages use now."""
    glossary, odd = _glossary(file)
    table = Table("term", "aliases", "language", "category", "priority", "corrected")
    for term in sorted(glossary.terms, key=lambda term: (term.category, term.term)):
        numbers = (str(number or "") for number in (term.priority, term.corrected))
        table.add_row(Text(term.term), Text(", ".join(term.aliases)), term.language, Text(term.category), *numbers)
    count = f"{len(glossary.terms)} terms, version {glossary.version or 'none'}"
    Console().print(table, Text(count, style="dim"), sep="\n")
    for line in _warnings(odd):
        Console(stderr=True, soft_wrap=True).print(Text(line, style="yellow"))


@command.command()
@click.argument("text")
@click.option("--file", type=click.Path(path_type=Path), help="A file instead of what was pushed.")
@click.option("--language", default="", metavar="CODE", help="Language of the text (ISO 639-1). Default: any.")
@click.option("--threshold", type=click.FloatRange(0, 100), help="Fuzzy threshold instead of the setting.")
def test(text: str, file: Path | None, language: str, threshold: float | None) -> None:
    """Show what would be changed in TEXT, by which rule, and what was left alone and why."""
    settings = load_settings()
    wanted = settings.glossary.fuzzy_threshold if threshold is None else threshold
    corrector = Corrector(_glossary(file)[0].terms, wanted, Dictionaries())
    _print_explained(corrector.explain(composed(text), language))


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


def _counted(clickhouse: ClickHouseSettings, terms: list[GlossaryTerm]) -> list[GlossaryTerm]:
    """The terms with how often each was corrected lately, where ClickHouse can say it."""
    try:
        with closing(Store(clickhouse, only_reads=True)) as store:
            return with_counts(store, terms)
    except EarshotError as error:
        click.echo(f"how often terms were corrected is not known: {error}", err=True)
        return terms


def _glossary(file: Path | None) -> tuple[Glossary, Oddities]:
    """The file's glossary, or the one in force with what lies beside it on the topic."""
    if file is not None:
        return glossary_of(load_terms(file)), Oddities()
    return _pushed(load_settings().kafka)


def _pushed(kafka: KafkaSettings) -> tuple[Glossary, Oddities]:
    Admin(kafka).ensure_topics([GLOSSARY])
    with GlossaryFeed(kafka) as feed:
        return feed.catch_up(), feed.oddities


def _warnings(odd: Oddities) -> Iterator[str]:
    if odd.unfinished is not None:
        began = datetime.fromtimestamp(odd.unfinished.pushed_at / 1e6, UTC)
        yield (
            f"a push of {odd.unfinished.terms} terms began at {began:%Y-%m-%d %H:%M:%S} UTC and has not ended: "
            "nothing of it is used; push it again"
        )
    if odd.unmarked:
        yield f"{odd.unmarked} terms on {GLOSSARY.name} belong to no push that has ended: they are not used"
    if odd.missing:
        yield f"{odd.missing} terms of the last push were written over by something else: push it again"


def _some(items: tuple[str, ...]) -> str:
    more = f", … {len(items) - NAMES_SHOWN} more" if len(items) > NAMES_SHOWN else ""
    return ", ".join(items[:NAMES_SHOWN]) + more
