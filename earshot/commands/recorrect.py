"""`earshot recorrect SESSION`: a session by the glossary of today."""

from contextlib import closing
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from review.recorrecting import Outcome, apply, counts, recorrection
from review.replaying import terms_of
from review.report import clock
from runtime.process import running
from runtime.settings import load_settings
from schemas.audio import SAMPLE_RATE_HZ
from sinks.clickhouse.store import Store


@click.command()
@click.argument("session")
@click.option(
    "--glossary", metavar="FILE", type=click.Path(path_type=Path), help="Terms of a file, not the pushed ones."
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def command(session: str, glossary: Path | None, dry_run: bool) -> None:
    """Correct SESSION again by the current glossary, from its stored transcripts: the model is not needed.

    Earlier readings stay in the table `segment_history`.
    """
    settings = load_settings()
    with running("recorrect", settings) as process, closing(Store(settings.clickhouse)) as store:
        outcome = recorrection(settings, store, session, terms_of(settings, glossary))
        _show(outcome)
        if not dry_run:
            apply(settings, store, session, outcome, process.progress.beat)
    done = "would change" if dry_run else "changed"
    version = outcome.version or "without terms"
    click.echo(f"{done}: {len(outcome.changed)} of {outcome.segments} segments, glossary {version}", err=True)


def _show(outcome: Outcome) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for item in outcome.changed:
        where = f"{item.segment.channel_id} {clock(item.segment.start_sample / SAMPLE_RATE_HZ)}"
        old = item.old.text if item.old else "—"
        console.print(
            Text.assemble((where, "cyan"), ("  − ", "red"), old, ("\n            + ", "green"), item.segment.text)
        )
    for name, count in sorted(counts(outcome).items(), key=lambda pair: (-pair[1], pair[0])):
        console.print(Text(f"{count:>5} × {name}"))
    if outcome.left_over:
        console.print(Text(f"{len(outcome.left_over)} segments would be cut otherwise today; they stay as they are"))
