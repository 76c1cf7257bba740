"""`earshot search WORDS`: find what was said."""

import sys
import unicodedata
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.text import Text

from earshot.since import since_of
from producers.sessions import check_channel_id
from runtime.settings import load_settings
from sinks.clickhouse.folding import folded_sql, found_in
from sinks.clickhouse.store import Store

NOTHING_FOUND_EXIT_CODE = 1


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What is looked for, and where."""

    words: tuple[str, ...]
    session: str | None
    channel: str | None
    language: str | None
    since: str | None
    limit: int


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--session", metavar="ID", help="In this session only.")
@click.option("--channel", metavar="C01,…", help="On these channels only.")
@click.option("--language", metavar="CODE", help="In this language only (ISO 639-1).")
@click.option(
    "--since", metavar="WHEN", help="Not older than 30s, 10m, 2h or 3d, or than a time such as 2026-05-01T08:00 (UTC)."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="At most so many.")
def command(**arguments: object) -> None:
    """Find what was said: segments that hold all WORDS, wherever in the text, in capitals or not, however typed.

    The newest are found first and shown last. Ends with exit code 1 where nothing is found.
    """
    options = SearchOptions(**arguments)  # type: ignore[arg-type]  # click has checked them
    sql, parameters = query_of(options, datetime.now(UTC))
    with closing(Store(load_settings().clickhouse, only_reads=True)) as store:
        rows = store.ask(sql, parameters).rows
    console = Console(soft_wrap=True, highlight=False)
    for spoken_at, session_id, channel_id, text in reversed(rows):
        console.print(line_of(spoken_at, session_id, channel_id, highlighted(text, options.words)))
    if not rows:
        click.echo(f"nothing found for {' '.join(options.words)}", err=True)
        sys.exit(NOTHING_FOUND_EXIT_CODE)


def query_of(options: SearchOptions, now: datetime) -> tuple[str, dict[str, object]]:
    """The query and its parameters. Raises ConfigError where `since` is no time."""
    conditions = []
    parameters: dict[str, object] = {"limit": options.limit}
    for number, word in enumerate(options.words):
        conditions.append(f"folded LIKE {folded_sql(f'{{word{number}:String}}')}")
        parameters[f"word{number}"] = f"%{_escaped(word)}%"
    if options.session:
        conditions.append("session_id = {session:String}")
        parameters["session"] = options.session
    if options.channel:
        conditions.append("channel_id IN {channels:Array(String)}")
        parameters["channels"] = [check_channel_id(channel.strip()) for channel in options.channel.split(",")]
    if options.language:
        conditions.append("language = {language:String}")
        parameters["language"] = options.language
    if options.since:
        conditions.append("spoken_at >= {since:DateTime64(6, 'UTC')}")
        parameters["since"] = since_of(options.since, now).strftime("%Y-%m-%d %H:%M:%S.%f")
    clauses = (
        "SELECT spoken_at, session_id, channel_id, text FROM transcript WHERE",
        " AND ".join(conditions),
        "ORDER BY spoken_at DESC, channel_id DESC LIMIT {limit:UInt32}",
    )
    return " ".join(clauses), parameters


def line_of(spoken_at: datetime, session_id: str, channel_id: str, text: Text) -> Text:
    """One found segment: time (UTC), session, channel, text."""
    time = spoken_at.strftime("%Y-%m-%d %H:%M:%S.") + f"{spoken_at.microsecond // 100_000}"
    return Text.assemble((time, "dim"), "  ", (session_id, "dim"), "  ", (channel_id, "cyan"), "  ", text)


def highlighted(text: str, words: tuple[str, ...]) -> Text:
    """The text, composed, with each word marked."""
    marked = Text(unicodedata.normalize("NFC", text))
    for word in words:
        for first, behind in found_in(marked.plain, word):
            marked.stylize("bold yellow", first, behind)
    return marked


def _escaped(word: str) -> str:
    """The word as LIKE takes it literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
