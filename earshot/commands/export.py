"""`earshot export SESSION`: a session as files."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from earshot.commands.replay import channels_of
from review.captions.cue import CUE_S, LINES, WIDE_WIDTH, WIDTH, CueShape
from review.captions.formats import TEXTS
from review.exporting import (
    FORMATS,
    TABLES,
    export_expected,
    export_sound,
    export_spreadsheet,
    export_table,
    export_text,
)
from review.replaying import open_recording
from review.rows import Row, read_session
from review.sound_files import WRITERS
from runtime.errors import ConfigError, EarshotError
from runtime.settings import Settings, load_settings
from sinks.clickhouse.store import Store


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What the command line asks for."""

    session: str
    formats: str
    audio: bool
    channels: str | None
    folder: Path | None
    max_line_width: int | None
    max_lines: int
    max_cue_s: float
    excel: bool

    @property
    def shape(self) -> CueShape:
        """What a caption may be."""
        return CueShape(self.max_line_width, self.max_lines, self.max_cue_s)


@click.command()
@click.argument("session")
@click.option(
    "--format", "formats", default="vtt,jsonl", show_default=True, metavar="F,…", help=", ".join(FORMATS) + "."
)
@click.option("--audio", is_flag=True, help="A fixture: FLAC of each channel with its text, to import or replay.")
@click.option("--channels", metavar="C01,…", help="These channels only.")
@click.option(
    "--max-line-width",
    metavar="N",
    type=click.IntRange(1),
    help="Letters in a line of srt and vtt; of Korean, Japanese and Chinese full-width letters, others there count as "
    f"half. Default: {WIDTH}, and {WIDE_WIDTH} there.",
)
@click.option(
    "--max-lines", default=LINES, show_default=True, metavar="N", type=click.IntRange(1), help="Lines of a caption."
)
@click.option(
    "--max-cue-s",
    default=CUE_S,
    show_default=True,
    metavar="S",
    type=click.FloatRange(0, min_open=True),
    help="Seconds of a caption; what is longer is cut between words.",
)
@click.option("--excel", is_flag=True, help="The csv for a spreadsheet: marked as UTF-8, no text taken for a formula.")
@click.option("--out", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Folder. Default: SESSION.")
def command(**arguments: object) -> None:
    """Write SESSION as files: sound, captions and text for each channel, or its rows as one table."""
    options = ExportOptions(**arguments)  # type: ignore[arg-type]  # click has checked them
    formats = formats_of(f"{options.formats},csv" if options.excel else options.formats, with_sound=options.audio)
    folder = options.folder or Path(options.session)
    settings = load_settings()
    with closing(Store(settings.clickhouse, only_reads=True)) as store, _made(folder):
        for path in _export(options, formats, folder, settings, store):
            click.echo(str(path))


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder is there meanwhile; a new one in which nothing came to lie goes again."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


def formats_of(text: str, *, with_sound: bool) -> list[str]:
    """The formats, sound last (it names the texts beside it). Raises ConfigError for one that there is not."""
    wanted = dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip())
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise ConfigError(f"--format {', '.join(unknown)}: the formats are {', '.join(FORMATS)}")
    if with_sound and not wanted.keys() & WRITERS.keys():
        wanted["flac"] = None
    return sorted(wanted, key=lambda name: name in WRITERS)


def _export(options: ExportOptions, formats: list[str], folder: Path, settings: Settings, store: Store) -> list[Path]:
    channels = channels_of(options.channels)
    rows = _rows(store, options.session, needed=any(name not in WRITERS for name in formats))
    files: list[Path] = []
    for kind in formats:
        if kind in TEXTS:
            files += export_text(rows, channels, folder, kind, options.shape)
        elif kind == "csv" and options.excel:
            files.append(export_spreadsheet(store, options.session, channels, folder))
        elif kind in TABLES:
            files.append(export_table(store, options.session, channels, folder, kind))
        else:
            recording = open_recording(settings, store, options.session, channels)
            if options.audio:
                export_expected(rows, recording.channels, folder)
            files += export_sound(recording, recording.channels, folder, kind)
    return files


def _rows(store: Store, session: str, *, needed: bool) -> tuple[Row, ...]:
    """The session's rows; none, and a word about it, where there are none and sound alone will do."""
    try:
        return read_session(store, session).rows
    except EarshotError as error:
        if needed:
            raise
        click.echo(f"without text: {error}", err=True)
        return ()
