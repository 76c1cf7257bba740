"""The times of a row's first insert: what is inserted again keeps them, so that latencies stay true. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sinks.clickhouse.proof import SCOPE, Question, parts_of, scope_of
from sinks.clickhouse.rows import COLUMN_NAMES, Row

OLD_US = 10_000_000
"""Rows of speech that ended longer ago may have been here before."""

_ENDED, _SEGMENT, _GLOSSARY, _TRANSCRIBED, _CORRECTED = (
    COLUMN_NAMES.index(name)
    for name in ("speech_ended_at", "segment_id", "glossary_version", "transcribed_at", "corrected_at")
)
_SQL = (
    "SELECT segment_id, glossary_version, toUnixTimestamp64Micro(min(transcribed_at)), "  # noqa: S608 - ours
    "toUnixTimestamp64Micro(min(corrected_at)), toUnixTimestamp64Micro(min(inserted_at)), "
    "toUnixTimestamp64Micro(now64(6)) FROM segments WHERE " + SCOPE + " GROUP BY segment_id, glossary_version"
)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Times:
    """When a segment came through first, UTC µs."""

    transcribed_at: int
    corrected_at: int
    inserted_at: int


def questions_of(rows: Sequence[Row], now_us: int) -> Iterable[Question]:
    """What to ask the table before these rows are inserted; nothing where they are of speech just now."""
    old = [row for row in rows if row[_ENDED] < now_us - OLD_US]
    for part in parts_of(old):
        yield Question(_SQL, scope_of(part), 0)


def times_of(answers: Iterable[Sequence[object]]) -> dict[Key, Times]:
    """The answers by segment and glossary: a reading by another glossary is not the same row again."""
    return {
        (str(segment), str(glossary)): Times(*(int(str(time)) for time in times))
        for segment, glossary, *times, _ in answers
    }


def with_times(rows: Iterable[Row], first: Mapping[Key, Times], now_us: int) -> list[Row]:
    """The rows with one column more, `inserted_at`: the first times where they are known, else `now_us`."""
    kept = []
    for row in rows:
        times = first.get((str(row[_SEGMENT]), str(row[_GLOSSARY])))
        changed = list(row)
        if times is not None:
            changed[_TRANSCRIBED], changed[_CORRECTED] = times.transcribed_at, times.corrected_at
        kept.append((*changed, times.inserted_at if times is not None else now_us))
    return kept
