"""What a session left behind, in a form that can be kept in a file and compared with another session's."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from schemas.events import SpeechWindow

PASSED_OVER = frozenset({"session_id", "window_id", "captured_at", "audio"})
"""Fields of a window that say where and when it was recorded, not what it is."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One session; names are without the session's own."""

    windows: dict[str, list[Record]]
    """Every copy of each final window in the log, by `/channel/own_from`: its fields, `pcm` as a digest."""
    transcripts: dict[str, int]
    """Committed transcripts of each window."""
    rows: dict[str, list[Record]]
    """Every row of each segment, through the view `transcript`."""
    dead_letters: tuple[str, ...] = ()
    """What the stages could not read meanwhile."""

    def save(self, path: Path) -> None:
        """Writes it to a file at once."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Outcome":
        """What `save` wrote."""
        said = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**said, "dead_letters": tuple(said["dead_letters"])})


def window_record(window: SpeechWindow) -> Record:
    """The window's content, without its session, its time and its place in the log."""
    record = {field.name: getattr(window, field.name) for field in fields(window) if field.name not in PASSED_OVER}
    record["pcm"] = hashlib.sha256(window.pcm).hexdigest()
    record["voiced"] = [[span.start_sample, span.end_sample] for span in window.voiced]
    record["libraries"] = [[library.name, library.version] for library in window.libraries]
    record["utterance_id"] = window.utterance_id.removeprefix(window.session_id)
    return record


def rows_by_segment(session_id: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, list[Record]]:
    """Rows of the view, which must have the column `segment_id`, by segment."""
    found: dict[str, list[Record]] = {}
    for row in rows:
        record = dict(zip(columns, row, strict=True))
        name = str(record.pop("segment_id")).removeprefix(session_id)
        found.setdefault(name, []).append(record)
    return found
