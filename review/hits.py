"""What was said, found in the rows: the query, and each hit with what was said around it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from producers.sessions import check_channel_id
from runtime.errors import ConfigError
from sinks.clickhouse.folding import folded_sql
from sinks.clickhouse.store import Store

_QUOTED = re.compile(r'["“”„]([^"“”„]*)["“”„]')
_COLUMNS = "spoken_at, session_id, channel_id, segment_id, start_s, end_s, language, text"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, and where."""

    words: tuple[str, ...]
    """Words and phrases, all of which a segment must hold."""
    session: str | None = None
    channel: str | None = None
    """Channels, with commas between them."""
    language: str | None = None
    since: datetime | None = None
    """UTC."""
    limit: int = 50
    around_s: float = 0.0
    """Seconds before and after each hit of which everything on its channel is shown as well."""


@dataclass(frozen=True, slots=True)
class Said:
    """One segment."""

    spoken_at: datetime
    session_id: str
    channel_id: str
    segment_id: str
    start_s: float
    end_s: float
    language: str
    text: str
    is_hit: bool = True
    """False where it was only said near one."""


def words_in(arguments: Iterable[str]) -> tuple[str, ...]:
    """The words of a command line: an argument that holds quoted phrases is taken apart, any other is as it stands.

    `"gate two" smoke`, given as one argument, is a phrase and a word; `gate two` given as one is a phrase. Raises
    ConfigError where nothing is looked for.
    """
    words: list[str] = []
    for argument in arguments:
        quoted = [" ".join(phrase.split()) for phrase in _QUOTED.findall(argument)]
        words += [*quoted, *_QUOTED.sub(" ", argument).split()] if quoted else [" ".join(argument.split())]
    wanted = tuple(word for word in words if word)
    if not wanted:
        raise ConfigError("nothing to look for: give words, or a phrase as in '\"gate two\"'")
    return wanted


def query_of(wanted: Wanted) -> tuple[str, dict[str, object]]:
    """The query for the newest hits and its parameters. Raises ConfigError for a channel that there is not."""
    conditions = []
    parameters: dict[str, object] = {"limit": wanted.limit}
    for number, word in enumerate(wanted.words):
        conditions.append(f"folded LIKE {folded_sql(f'{{word{number}:String}}')}")
        parameters[f"word{number}"] = f"%{_escaped(word)}%"
    if wanted.session:
        conditions.append("session_id = {session:String}")
        parameters["session"] = wanted.session
    if wanted.channel:
        conditions.append("channel_id IN {channels:Array(String)}")
        parameters["channels"] = [check_channel_id(channel.strip()) for channel in wanted.channel.split(",")]
    if wanted.language:
        conditions.append("language = {language:String}")
        parameters["language"] = wanted.language
    if wanted.since:
        conditions.append("spoken_at >= {since:DateTime64(6, 'UTC')}")
        parameters["since"] = wanted.since.strftime("%Y-%m-%d %H:%M:%S.%f")
    clauses = (
        f"SELECT {_COLUMNS} FROM transcript WHERE",  # noqa: S608 - parameters only
        " AND ".join(conditions),
        "ORDER BY spoken_at DESC, channel_id DESC LIMIT {limit:UInt32}",
    )
    return " ".join(clauses), parameters


def find(store: Store, wanted: Wanted) -> list[list[Said]]:
    """The hits, oldest first, each in a stretch of what was said on its channel around it; stretches that meet are one.

    Without `around_s` a stretch is a hit alone. Raises ConfigError, Unavailable.
    """
    sql, parameters = query_of(wanted)
    hits = [Said(*row) for row in reversed(store.ask(sql, parameters).rows)]
    if not hits or not wanted.around_s:
        return [[hit] for hit in hits]
    columns = ", ".join(f"said.{name.strip()}" for name in _COLUMNS.split(","))
    near = (
        f"WITH hits AS ({sql}) SELECT DISTINCT {columns} FROM transcript AS said "  # noqa: S608 - parameters only
        "INNER JOIN hits ON said.session_id = hits.session_id AND said.channel_id = hits.channel_id "
        "WHERE said.session_id IN (SELECT session_id FROM hits) "
        "AND said.start_s <= hits.end_s + {around:Float64} AND said.end_s >= hits.start_s - {around:Float64} "
        "ORDER BY said.start_s, said.end_s"
    )
    parameters["around"] = wanted.around_s
    return stretches(
        hits, [replace(Said(*row), is_hit=False) for row in store.ask(near, parameters).rows], wanted.around_s
    )


def stretches(hits: Sequence[Said], near: Iterable[Said], around_s: float) -> list[list[Said]]:
    """For each hit what was said within `around_s` of it on its channel, in order; each segment once."""
    by_channel: dict[tuple[str, str], list[Said]] = {}
    for said in near:
        by_channel.setdefault((said.session_id, said.channel_id), []).append(said)
    found: dict[tuple[str, str], list[list[Said]]] = {}
    ids = {hit.segment_id: hit for hit in hits}
    for hit in hits:
        place = (hit.session_id, hit.channel_id)
        stretch = [ids.get(said.segment_id, said) for said in _around(hit, by_channel.get(place, []), around_s)]
        before = found.setdefault(place, [])
        if before and {said.segment_id for said in before[-1]} & {said.segment_id for said in stretch}:
            known = {said.segment_id for said in before[-1]}
            before[-1] += [said for said in stretch if said.segment_id not in known]
        else:
            before.append(stretch)
    return sorted((one for of in found.values() for one in of), key=_first_hit_at)


def _around(hit: Said, near: Iterable[Said], around_s: float) -> Iterator[Said]:
    return (said for said in near if said.start_s <= hit.end_s + around_s and said.end_s >= hit.start_s - around_s)


def _first_hit_at(stretch: Sequence[Said]) -> datetime:
    return next(said.spoken_at for said in stretch if said.is_hit)


def _escaped(word: str) -> str:
    """The word as LIKE takes it literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
