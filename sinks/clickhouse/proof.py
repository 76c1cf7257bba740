"""What was inserted, asked back: how many of a batch's segments the table has. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sinks.clickhouse.rows import COLUMN_NAMES, Row

MOST_NAMES = 500
"""So many segments are asked for at a time: a query's text has its limit (256 KiB by default)."""

_SESSION, _CHANNEL, _SEGMENT, _START, _VERSION = (
    COLUMN_NAMES.index(name) for name in ("session_id", "channel_id", "segment_id", "start_sample", "version")
)
SCOPE = (
    "session_id IN %(sessions)s AND channel_id IN %(channels)s "
    "AND start_sample BETWEEN %(first)s AND %(last)s AND segment_id IN %(segments)s"
)
"""The rows of a part of a batch; all but the last condition only spare reading."""
# A newer version is as good: it may have replaced ours already.
_SQL = "SELECT uniqExact(segment_id) FROM segments WHERE " + SCOPE + " AND version >= %(version)s"  # noqa: S608 - ours


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its parameters, and the number that it must answer."""

    sql: str
    parameters: dict[str, Any]
    expected: int


def questions_of(rows: Sequence[Row]) -> Iterator[Question]:
    """What to ask the table after these rows were inserted."""
    for part in parts_of(rows):
        parameters = scope_of(part) | {"version": min(row[_VERSION] for row in part)}
        yield Question(_SQL, parameters, len(parameters["segments"]))


def parts_of(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows, so many at a time as can be asked for together."""
    for at in range(0, len(rows), MOST_NAMES):
        yield rows[at : at + MOST_NAMES]


def scope_of(part: Sequence[Row]) -> dict[str, Any]:
    """The parameters of SCOPE."""
    return {
        "sessions": sorted({str(row[_SESSION]) for row in part}),
        "channels": sorted({str(row[_CHANNEL]) for row in part}),
        "first": min(row[_START] for row in part),
        "last": max(row[_START] for row in part),
        "segments": sorted({str(row[_SEGMENT]) for row in part}),
    }
