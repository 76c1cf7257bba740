"""A session's rows, as far as review needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from review.spans import Span
from runtime.errors import ConfigError
from schemas.audio import SAMPLE_RATE_HZ
from sinks.clickhouse.store import Store

_SEGMENTS = """
SELECT channel_id, segment_id, window_id, start_sample, end_sample, language, text, text_raw,
    words.text, words.start_sample, words.end_sample,
    corrections.from_text, corrections.to_text, corrections.term, corrections.rule,
    glossary_version, model, beam_size, context_frames, hotwords_version,
    engine, engine_version, device, processor, instruction_set, gemm_backend, compute_type, threads, libraries,
    audio_topic, audio_partition, audio_first_offset, audio_last_offset,
    (toUnixTimestamp64Micro(transcribed_at) - toUnixTimestamp64Micro(windowed_at)) / 1000
FROM segments FINAL
"""
_WITH_TEXT = "WHERE session_id = {session:String} AND text_raw != '' ORDER BY channel_id, start_sample, segment_id"
_HINTS = """
SELECT channel_id, min(audio_first_offset), max(audio_last_offset) FROM segments FINAL
WHERE session_id = {session:String} AND audio_topic = concat('audio.pcm.', channel_id) GROUP BY channel_id
"""
_LATENCY = """
SELECT count(), quantiles(0.5, 0.95)(window_ms), quantiles(0.5, 0.95)(transcribe_ms), quantiles(0.5, 0.95)(correct_ms),
    quantiles(0.5, 0.95)(insert_ms), quantiles(0.5, 0.95)(total_ms)
FROM latency WHERE session_id = {session:String}
"""
_REPLAY = """
SELECT of_session, live, settings, overrides, channels, from_s, to_s, whole FROM replays FINAL
WHERE session_id = {session:String}
"""
MACHINE = (
    "engine",
    "engine_version",
    "device",
    "processor",
    "instruction_set",
    "gemm_backend",
    "compute_type",
    "threads",
)
"""Facts of the machine and the engine that decoded, as their columns are called."""
LATENCY_STEPS = ("window", "transcribe", "correct", "insert", "total")


@dataclass(frozen=True, slots=True)
class Change:
    """One correction by the glossary."""

    from_text: str
    to_text: str
    term: str
    rule: str


@dataclass(frozen=True, slots=True)
class RowWord:
    """A word with its place in the stream, in samples."""

    text: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Row:
    """One segment as it is stored."""

    channel_id: str
    segment_id: str
    window_id: str
    start_sample: int
    end_sample: int
    language: str
    text: str
    text_raw: str
    words: tuple[RowWord, ...]
    corrections: tuple[Change, ...]
    decoding: Mapping[str, str]
    """What the text was made with: model, beam_size, context_frames, hotwords_version, glossary_version."""
    audio: Span | None
    """The records with its sound; None where they are in no log."""
    transcribe_ms: float = 0.0
    """From the window's record to the transcript's."""
    made_by: Mapping[str, str] = field(default_factory=dict)
    """What the text was made by and on: engine, processor, instruction set and the like, and the version of each
    library by its name; empty in rows from before this was kept."""

    @property
    def start_s(self) -> float:
        """Where it starts, in seconds of stream time."""
        return self.start_sample / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds of stream time."""
        return self.end_sample / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Part:
    """Some channels of a session, between two times of their streams."""

    channels: frozenset[str] = frozenset()
    """Empty for all."""
    from_s: float = 0.0
    to_s: float = float("inf")

    def holds(self, channel_id: str, start_s: float, end_s: float) -> bool:
        """Whether a stretch of a channel lies in it whole."""
        return (not self.channels or channel_id in self.channels) and self.from_s <= start_s and end_s <= self.to_s


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Origin:
    """How a session came about."""

    of_session: str = ""
    """The session that it is a replay of; empty for a recorded one."""
    live: bool = True
    settings: Mapping[str, str] | None = None
    """Every setting that shapes a text, where they are known."""
    overrides: Mapping[str, str] | None = None
    """The value before of each setting that was changed for a replay."""
    part: Part = WHOLE
    """What of the session was played."""
    whole: bool = True
    """Whether a replay went through to its end."""


@dataclass(frozen=True, slots=True)
class SessionRows:
    """A session."""

    session_id: str
    rows: tuple[Row, ...]
    origin: Origin = Origin()
    latency: Mapping[str, tuple[float, float]] | None = None
    """Median and 95th percentile of each step, in ms; None where they mean nothing."""


def read_session(store: Store, session_id: str) -> SessionRows:
    """All of a session that has text. Raises ConfigError where there is nothing, Unavailable without ClickHouse."""
    answer = store.ask(_SEGMENTS + _WITH_TEXT, {"session": session_id})
    if not answer.rows:
        raise ConfigError(
            f"session {session_id}: no rows of it (`earshot sql` with the view `sessions` lists them all)"
        )
    rows = tuple(_row(values) for values in answer.rows)
    return SessionRows(session_id, rows, read_origin(store, session_id), _latency(store, session_id))


def read_segment(store: Store, segment_id: str) -> tuple[str, Row]:
    """One segment, and its session. Raises ConfigError for an id that no row has."""
    session_id = segment_id.partition("/")[0]
    where = "WHERE session_id = {session:String} AND segment_id = {segment:String}"
    answer = store.ask(_SEGMENTS + where, {"session": session_id, "segment": segment_id})
    if not answer.rows:
        raise ConfigError(f"segment {segment_id}: no such row (`earshot sql` with the view `transcript` shows ids)")
    return session_id, _row(answer.rows[0])


def read_hints(store: Store, session_id: str) -> dict[str, tuple[int, int]]:
    """By channel, the first and last offset of sound that the session's rows name."""
    answer = store.ask(_HINTS, {"session": session_id})
    return {channel: (int(first), int(last)) for channel, first, last in answer.rows}


def read_origin(store: Store, session_id: str) -> Origin:
    """How the session came about."""
    rows = store.ask(_REPLAY, {"session": session_id}).rows
    if not rows:
        return Origin()
    of_session, live, settings, overrides, channels, from_s, to_s, whole = rows[0]
    part = Part(frozenset(channels), from_s, to_s)
    return Origin(of_session, bool(live), dict(settings) or None, dict(overrides), part, bool(whole))


def note_replay(store: Store, session_id: str, origin: Origin) -> None:
    """Writes down how a session came about: before its rows come, and once more when a replay is whole."""
    settings, overrides = dict(origin.settings or {}), dict(origin.overrides or {})
    store.ask(
        "INSERT INTO replays (session_id, of_session, live, settings, overrides, channels, from_s, to_s, whole) "
        "SELECT {session:String}, {of:String}, {live:Bool}, "
        "mapFromArrays({names:Array(String)}, {values:Array(String)}), "
        "mapFromArrays({changed:Array(String)}, {before:Array(String)}), "
        "{channels:Array(String)}, {from_s:Float64}, {to_s:Float64}, {whole:Bool}",
        {
            "session": session_id,
            "of": origin.of_session,
            "live": origin.live,
            "names": list(settings),
            "values": list(settings.values()),
            "changed": list(overrides),
            "before": list(overrides.values()),
            "channels": sorted(origin.part.channels),
            "from_s": origin.part.from_s,
            "to_s": origin.part.to_s,
            "whole": origin.whole,
        },
    )


def note_recorrection(store: Store, session_id: str, glossary_version: str) -> None:
    """Writes down that rows of this glossary tell no latency."""
    store.ask(
        "INSERT INTO recorrections (session_id, glossary_version) SELECT {session:String}, {version:String}",
        {"session": session_id, "version": glossary_version},
    )


def _latency(store: Store, session_id: str) -> dict[str, tuple[float, float]] | None:
    rows = store.ask(_LATENCY, {"session": session_id}).rows
    if not rows or not rows[0][0]:
        return None
    return {
        step: (round(median, 1), round(late, 1))
        for step, (median, late) in zip(LATENCY_STEPS, rows[0][1:], strict=True)
    }


def _row(values: tuple[Any, ...]) -> Row:
    (channel, segment_id, window_id, start, end, language, text, raw, *rest) = values
    words, starts, ends, froms, tos, terms, rules, *rest = rest
    glossary, model, beams, context, hotwords, *rest = rest
    *machine, libraries, topic, partition, first, last, transcribe_ms = rest
    decoding = {
        "model": model,
        "beam_size": str(beams or 0),
        "context_frames": str(context or 0),
        "hotwords_version": hotwords,
        "glossary_version": glossary,
    }
    return Row(
        channel,
        segment_id,
        window_id,
        start,
        end,
        language,
        text,
        raw,
        tuple(RowWord(*word) for word in zip(words, starts, ends, strict=True)),
        tuple(Change(*change) for change in zip(froms, tos, terms, rules, strict=True)),
        decoding,
        Span(topic, partition, first, last + 1) if topic else None,
        float(transcribe_ms),
        _made_by(machine, libraries),
    )


def _made_by(machine: Sequence[Any], libraries: Mapping[str, str]) -> dict[str, str]:
    facts = dict(zip(MACHINE, map(str, machine), strict=True))
    return {**facts, **libraries} if facts["engine"] else {}
