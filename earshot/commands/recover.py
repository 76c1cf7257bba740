"""`earshot recover --session SESSION`: rows that are missing made again."""

import sys
from contextlib import closing

import click

from review.audit.session_audit import Audit, Auditor
from review.publishing import Brake
from review.recovery import Recoverer, Recovery
from review.stages import Stages
from runtime.errors import Interrupted
from runtime.process import running
from runtime.settings import load_settings
from schemas.topics import CHANNELS
from sinks.clickhouse.store import Store

MISSING_EXIT_CODE = 1


@click.command()
@click.option("--session", required=True, metavar="SESSION", help="Whose rows.")
@click.option("--from-sound", is_flag=True, help="Look through all of its sound for speech that is in no window.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def command(session: str, from_sound: bool, dry_run: bool) -> None:
    """Make the missing rows of SESSION again: from its segments, transcripts, windows or sound, while those are there.

    Ids are what they were, so that what is there already counts once. Ends with 1 where something is missing still.
    """
    settings = load_settings()
    with running("recover", settings) as process, closing(Store(settings.clickhouse)) as store:

        def go_on() -> None:
            process.progress.beat()
            if process.stop.is_set():
                raise Interrupted("told to stop: what was sent goes on through the stages; run it again for the rest")

        auditor = Auditor(settings.kafka, store, go_on)
        recoverer = Recoverer(settings, store, go_on)
        audit = auditor.audit(session)
        recovery = recoverer.plan(audit, from_sound=from_sound)
        _tell(session, recovery, dry_run=dry_run)
        if not recovery.is_empty and not dry_run:
            brake = Brake(Stages(settings.kafka, go_on), CHANNELS, process.stop)
            recoverer.carry_out(session, recovery, brake)
            audit = auditor.audit(session)
    _tell_missing(audit)
    if not audit.adds_up:
        sys.exit(MISSING_EXIT_CODE)


def _tell(session: str, recovery: Recovery, *, dry_run: bool) -> None:
    """What is sent, by where it goes."""
    counts = (
        (len(recovery.segments), "segments without a row go to the sink"),
        (len(recovery.corrected), "segments are made from transcripts and go to the sink"),
        (len(recovery.windows), "windows without a transcript go to the transcriber"),
        (len(recovery.made), "windows are cut from the sound and go to the transcriber"),
    )
    if recovery.is_empty:
        click.echo(f"{session}: nothing to make again")
    for count, what in counts:
        if count:
            click.echo(f"{count} {what}" + (" (not done)" if dry_run else ""))


def _tell_missing(audit: Audit) -> None:
    for fault in audit.faults:
        click.echo(f"{fault.step}  {fault.text}")
    click.echo(f"{audit.session_id}: " + ("adds up" if audit.adds_up else "does not add up"), err=True)
