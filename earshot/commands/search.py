"""`earshot search WORDS`: find what was said."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.text import Text

from earshot.since import seconds_of, since_of
from review.hits import Said, Wanted, find, words_in
from runtime.settings import load_settings
from sinks.clickhouse.folding import found_in
from sinks.clickhouse.store import Store

NOTHING_FOUND_EXIT_CODE = 1


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What the command line asks for."""

    words: tuple[str, ...]
    session: str | None
    channel: str | None
    language: str | None
    since: str | None
    limit: int
    context: str | None
    ids: bool
    as_json: bool

    def wanted(self, now: datetime) -> Wanted:
        """What is looked for. Raises ConfigError where a time is none, or nothing is looked for."""
        return Wanted(
            words_in(self.words),
            self.session,
            self.channel,
            self.language,
            since_of(self.since, now) if self.since else None,
            self.limit,
            seconds_of(self.context, "--context") if self.context else 0.0,
        )


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--session", metavar="ID", help="In this session only.")
@click.option("--channel", metavar="C01,…", help="On these channels only.")
@click.option("--language", metavar="CODE", help="In this language only (ISO 639-1).")
@click.option(
    "--since", metavar="WHEN", help="Not older than 30s, 10m, 2h or 3d, or than a time such as 2026-05-01T08:00 (UTC)."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="At most so many.")
@click.option("-C", "--context", metavar="5s", help="What was said so long before and after on the channel as well.")
@click.option("--ids", is_flag=True, help="Each with its id, as `clip` and `listen` take it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(**arguments: object) -> None:
    """Find what was said: segments that hold all WORDS, wherever in the text, in capitals or not, however typed.

    A phrase is quoted: '"gate two" smoke'. The newest are found first and shown last. Ends with exit code 1 where
    nothing is found.
    """
    options = SearchOptions(**arguments)  # type: ignore[arg-type]  # click has checked them
    wanted = options.wanted(datetime.now(UTC))
    with closing(Store(load_settings().clickhouse, only_reads=True)) as store:
        found = find(store, wanted)
    if options.as_json:
        for said in (said for stretch in found for said in stretch):
            click.echo(json.dumps(facts_of(said), ensure_ascii=False))
    else:
        _show(found, wanted, ids=options.ids)
    if not found:
        click.echo(f"nothing found for {', '.join(wanted.words)}", err=True)
        sys.exit(NOTHING_FOUND_EXIT_CODE)


def _show(found: Sequence[Sequence[Said]], wanted: Wanted, *, ids: bool) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for number, stretch in enumerate(found):
        if number and wanted.around_s:
            console.print(Text("--", style="dim"))
        for said in stretch:
            console.print(line_of(said, wanted.words, ids=ids))


def facts_of(said: Said) -> dict[str, object]:
    """A segment as JSON has it; times of day in UTC, `start_s` and `end_s` in seconds of the stream."""
    return {
        "spoken_at": said.spoken_at.replace(tzinfo=UTC).isoformat(),
        "session_id": said.session_id,
        "channel_id": said.channel_id,
        "segment_id": said.segment_id,
        "start_s": said.start_s,
        "end_s": said.end_s,
        "language": said.language,
        "text": said.text,
        "hit": said.is_hit,
    }


def line_of(said: Said, words: Sequence[str], *, ids: bool = False) -> Text:
    """One segment: time (UTC), session and channel (or its id), text; what was only said near a hit is dim."""
    time = said.spoken_at.strftime("%Y-%m-%d %H:%M:%S.") + f"{said.spoken_at.microsecond // 100_000}"
    places = [(said.segment_id, "cyan")] if ids else [(said.session_id, "dim"), "  ", (said.channel_id, "cyan")]
    text = highlighted(said.text, words) if said.is_hit else Text(said.text, style="dim")
    return Text.assemble((time, "dim"), "  ", *places, "  ", text)


def highlighted(text: str, words: Sequence[str]) -> Text:
    """The text, composed, with each word marked."""
    marked = Text(unicodedata.normalize("NFC", text))
    for word in words:
        for first, behind in found_in(marked.plain, word):
            marked.stylize("bold yellow", first, behind)
    return marked
