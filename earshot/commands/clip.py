"""`earshot clip SEGMENT -o FILE`: the sound of a segment as a file."""

from contextlib import closing
from pathlib import Path

import click

from review.clipping import MARGIN_MS, sound_of
from review.rows import read_segment
from review.sound_files import write_flac, write_wav
from runtime.settings import load_settings
from schemas.audio import SAMPLE_RATE_HZ
from sinks.clickhouse.store import Store


@click.command()
@click.argument("segment_id")
@click.option(
    "-o",
    "--out",
    "path",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=".wav or .flac; - is a WAV on standard output.",
)
@click.option(
    "--margin",
    "margin_ms",
    default=MARGIN_MS,
    show_default=True,
    metavar="MS",
    type=click.FloatRange(0),
    help="Sound before and after.",
)
def command(segment_id: str, path: Path, margin_ms: float) -> None:
    """Write the sound of SEGMENT_ID, fetched from the log by the coordinates in its row."""
    settings = load_settings()
    with closing(Store(settings.clickhouse, only_reads=True)) as store:
        _, row = read_segment(store, segment_id)
    clip = sound_of(settings.kafka, row, margin_ms)
    samples = (write_flac if path.suffix == ".flac" else write_wav)(path, [clip.pcm])
    for shortfall in clip.shortfalls:
        click.echo(shortfall, err=True)
    click.echo(f"{samples / SAMPLE_RATE_HZ:.2f} s: {row.text}", err=True)
