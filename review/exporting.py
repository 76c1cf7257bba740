"""A session as files: its sound, its text, its rows."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from producers.sessions import check_session_id
from review.captions.annotation import text
from review.captions.cue import CueShape
from review.captions.formats import SUFFIXES, TEXTS, written
from review.fixture import FILE, FixturePiece
from review.fixture_file import fixture_yaml
from review.piecing import Layout
from review.recording import Recording
from review.rows import Row
from review.sound_files import WRITERS
from runtime.errors import AudioError
from schemas.events import AudioFrame
from sinks.clickhouse.store import Store

TABLES = {"jsonl": "JSONEachRow", "csv": "CSVWithNames", "parquet": "Parquet"}
_TEXT_TYPES = ("String", "LowCardinality(String)")
_FORMULA = "^[=+\\\\-@\\\\t\\\\r\\\\n＝＋－＠]"
FORMATS = (*WRITERS, *TEXTS, *TABLES)


def export_sound(recording: Recording, channels: Iterable[str], folder: Path, kind: str) -> list[Path]:
    """A file of sound for each channel, and a `fixture.yaml` that lets `earshot import` bring them back to the sample.

    Sample 0 of a file is the stream's first; gaps are silence. A text file that lies beside a channel's sound is named
    as what is expected. Raises AudioError where there is no sound at all.
    """
    streams: dict[str, tuple[str, str | None, list[FixturePiece]]] = {}
    files = []
    for channel in channels:
        layout = Layout()
        path = folder / f"{channel}.{kind}"
        if not WRITERS[kind](path, layout.lay(_frames(recording, channel))):
            path.unlink()
            continue
        expect = f"{channel}.txt" if (folder / f"{channel}.txt").exists() else None
        streams[channel] = (path.name, expect, layout.pieces)
        files.append(path)
    if not streams:
        raise AudioError(f"session {recording.session_id}: no sound on these channels")
    (folder / FILE).write_text(fixture_yaml(recording.session_id, streams), encoding="utf-8")
    return [*files, folder / FILE]


def export_text(rows: Sequence[Row], channels: Iterable[str], folder: Path, kind: str, shape: CueShape) -> list[Path]:
    """A file of captions of this shape, or of annotations, for each channel on which something was said."""
    files = []
    for channel in channels:
        said = [row for row in rows if row.channel_id == channel]
        if said:
            path = folder / f"{channel}.{SUFFIXES.get(kind, kind)}"
            path.write_text(written(kind, said, shape), encoding="utf-8")
            files.append(path)
    return files


def export_expected(rows: Sequence[Row], channels: Iterable[str], folder: Path) -> None:
    """What was heard of each channel as the text that a later run is held to; empty where nothing was said."""
    for channel in channels:
        path = folder / f"{channel}.txt"
        path.write_text(text(row for row in rows if row.channel_id == channel), encoding="utf-8")


def export_table(store: Store, session_id: str, channels: Sequence[str], folder: Path, kind: str) -> Path:
    """The rows in one file, every column."""
    path = folder / f"segments.{kind}"
    with path.open("wb") as file:
        for piece in store.ask_raw(_rows_of(session_id, channels), TABLES[kind]):
            file.write(piece)
    return path


def export_spreadsheet(store: Store, session_id: str, channels: Sequence[str], folder: Path) -> Path:
    """The rows as a CSV that a spreadsheet reads right: marked as UTF-8, and no text taken for a formula.

    A text that begins as a formula does gets an apostrophe before it, as OWASP's page on CSV injection advises; numbers
    stay numbers.
    """
    texts = [name for name, kind, *_ in store.ask("DESCRIBE TABLE segments").rows if kind in _TEXT_TYPES]
    guarded = ", ".join(f"if(match({name}, '{_FORMULA}'), concat('\\'', {name}), {name}) AS {name}" for name in texts)
    path = folder / "segments.csv"
    with path.open("wb") as file:
        file.write(BOM_UTF8)
        for piece in store.ask_raw(_rows_of(session_id, channels, f"REPLACE({guarded})"), TABLES["csv"]):
            file.write(piece)
    return path


def _rows_of(session_id: str, channels: Sequence[str], changed: str = "") -> str:
    names = ", ".join(f"'{channel}'" for channel in channels)
    return (
        f"SELECT * {changed} FROM (SELECT * FROM segments FINAL "  # noqa: S608 - checked
        f"WHERE session_id = '{check_session_id(session_id)}' AND channel_id IN ({names})) "
        "ORDER BY channel_id, start_sample, segment_id"
    )


def _frames(recording: Recording, channel: str) -> Iterator[AudioFrame]:
    return (placed.frame for placed in recording.frames(channel))
