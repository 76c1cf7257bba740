"""`earshot deadletters list | show | retry`: what could not be read."""

import sys
from collections import deque
from datetime import UTC, datetime

import click

from review.dead_letters import Letter, read_letter, read_letters, retry
from runtime.settings import load_settings
from schemas.audio import MICROSECONDS

ROW_BYTES = 16
REFUSED_EXIT_CODE = 1
MOST_CHARACTERS = 200
MOST_REASON_CHARACTERS = 3_000


@click.group()
def command() -> None:
    """List, show and send again what a stage could not read."""


@command.command(name="list")
@click.option("--topic", default="", metavar="NAME", help="Only of this origin.")
@click.option("--stage", default="", metavar="NAME", help="Only of this stage.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="The newest so many.")
def list_command(topic: str, stage: str, limit: int) -> None:
    """List dead letters, oldest first."""
    newest: deque[Letter] = deque(maxlen=limit)
    count = 0
    for letter in read_letters(load_settings().kafka, topic=topic, stage=stage):
        newest.append(letter)
        count += 1
    for letter in newest:
        click.echo(line_of(letter))
    click.echo(f"{count} dead letters")


@command.command()
@click.argument("name", metavar="LETTER")
@click.option("--bytes", "most_bytes", default=256, show_default=True, type=click.IntRange(0), help="Show so many.")
def show(name: str, most_bytes: int) -> None:
    """Show one LETTER (`partition:offset`): where it comes from, why, and its bytes."""
    kafka = load_settings().kafka
    letter = read_letter(kafka, name)
    click.echo(f"origin   {visible(letter.origin)}")
    click.echo(f"stage    {visible(letter.letter.stage)}")
    click.echo(f"written  {_time(letter)}")
    click.echo(f"why      {visible(letter.letter.error, MOST_REASON_CHARACTERS)}")
    click.echo(f"key      {letter.letter.key[:most_bytes]!r}")
    click.echo(f"bytes    {len(letter.letter.value)}")
    for line in dump(letter.letter.value[:most_bytes]):
        click.echo(f"         {line}")


@command.command(name="retry")
@click.argument("names", metavar="LETTER…", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Send also what would be a dead letter again.")
def retry_command(names: tuple[str, ...], force: bool) -> None:
    """Put each LETTER's bytes on their topic again, for a stage that has learned to read them.

    What still cannot be read is refused, and the command ends with 1.
    """
    kafka = load_settings().kafka
    refused = 0
    for name in names:
        letter = read_letter(kafka, name)
        fault = retry(kafka, letter, force=force)
        refused += bool(fault)
        click.echo(
            f"{name}: refused, {visible(fault)}" if fault else f"{name}: sent to {letter.letter.topic} again", err=True
        )
    if refused:
        sys.exit(REFUSED_EXIT_CODE)


def dump(value: bytes) -> list[str]:
    """Bytes as lines of hex and of what can be printed."""
    lines = []
    for start in range(0, len(value), ROW_BYTES):
        row = value[start : start + ROW_BYTES]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:06x}  {row.hex(' '):<{ROW_BYTES * 3 - 1}}  {letters}")
    return lines


def visible(text: str, most: int = MOST_CHARACTERS) -> str:
    """What a letter says, for a terminal: cut, and no character that would steer it. Letters may be forged."""
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[:most])
    return shown + "…" if len(text) > most else shown


def line_of(letter: Letter) -> str:
    """Name, time and origin of a letter, and below them why it is one: reasons are longer than a terminal is wide."""
    item = letter.letter
    place = f"{letter.name}  {_time(letter)}  {visible(item.stage)}  {visible(letter.origin)}  {len(item.value)} bytes"
    return f"{place}\n    {visible(item.error)}"


def _time(letter: Letter) -> str:
    return datetime.fromtimestamp(letter.written_at / MICROSECONDS, UTC).strftime("%Y-%m-%d %H:%M:%S")
