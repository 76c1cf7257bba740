"""`earshot listen SEGMENT`: play the sound of a segment."""

import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import click

from review.clipping import MARGIN_MS, sound_of
from review.rows import read_segment
from review.sound_files import write_wav
from runtime.errors import ConfigError
from runtime.settings import load_settings
from sinks.clickhouse.store import Store

PLAYERS = (
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("afplay",),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("play", "-q"),
)


@click.command()
@click.argument("segment_id")
@click.option("--margin", "margin_ms", default=MARGIN_MS, metavar="MS", type=click.FloatRange(0), help="Sound around.")
def command(segment_id: str, margin_ms: float) -> None:
    """Play the sound of SEGMENT_ID, fetched from the log by the coordinates in its row."""
    player = player_of(PLAYERS)
    settings = load_settings()
    with closing(Store(settings.clickhouse, only_reads=True)) as store:
        _, row = read_segment(store, segment_id)
    clip = sound_of(settings.kafka, row, margin_ms)
    for shortfall in clip.shortfalls:
        click.echo(shortfall, err=True)
    click.echo(row.text, err=True)
    with tempfile.TemporaryDirectory(prefix="earshot-") as folder:
        path = Path(folder) / "segment.wav"
        write_wav(path, [clip.pcm])
        subprocess.run([*player, str(path)], check=False)


def player_of(players: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The first player that this machine has. Raises ConfigError where it has none."""
    for player in players:
        if shutil.which(player[0]):
            return player
    names = ", ".join(player[0] for player in players)
    raise ConfigError(f"no player of sound found ({names}): use `earshot clip SEGMENT_ID -o FILE` and play the file")
