"""A session's text put right again by another glossary: from the stored transcripts, without the model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from processors.glossary.corrector import Corrector
from processors.glossary.segments import segments_of
from processors.glossary.sentences import limits_of
from processors.glossary.words.vocabulary import Dictionaries
from review.publishing import push_segments
from review.rows import Change, Row, note_recorrection, read_session
from review.spans import Span, offset_at, read_spans, whole
from review.stages import SINK, Stages, Watch
from runtime.errors import BadRecord, ConfigError
from runtime.settings import GlossarySettings, KafkaSettings, Settings
from schemas.audio import MICROSECONDS
from schemas.codec import decode
from schemas.events import GlossaryTerm, Segment, Transcript
from schemas.topics import TRANSCRIPTS
from sinks.clickhouse.store import Store

MARGIN_US = 5 * MICROSECONDS
_TIMES = """
SELECT toUnixTimestamp64Micro(min(transcribed_at)), toUnixTimestamp64Micro(max(transcribed_at))
FROM segments FINAL WHERE session_id = {session:String}
"""


@dataclass(frozen=True, slots=True)
class Recorrected:
    """One segment whose text or corrections are not what they were."""

    segment: Segment
    old: Row | None
    """The row until now; None where the old glossary settings made no such segment."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What another glossary makes of a session."""

    version: str
    segments: int
    changed: tuple[Recorrected, ...]
    left_over: tuple[Row, ...]
    """Rows that are cut otherwise now (`glossary.sentence_…` was changed); they stay as they are."""


def recorrection(settings: Settings, store: Store, session_id: str, terms: Iterable[GlossaryTerm]) -> Outcome:
    """What these terms make of the session's transcripts; nothing is written.

    Raises ConfigError where the session has no rows or no stored transcripts.
    """
    rows = {row.segment_id: row for row in read_session(store, session_id).rows}
    corrector = Corrector(terms, settings.glossary.fuzzy_threshold, Dictionaries())
    transcripts = stored_transcripts(settings.kafka, session_id, _times(store, session_id))
    if not transcripts:
        raise ConfigError(
            f"session {session_id}: no transcripts of it on {TRANSCRIPTS.name}. A replay with settings of its own "
            "leaves none: correct the session that it was made from, or replay it again with --glossary"
        )
    segments = corrected(transcripts, corrector, settings.glossary)
    made = {segment.segment_id for segment in segments}
    changed = [
        Recorrected(segment, rows.get(segment.segment_id))
        for segment in segments
        if _is_changed(segment, rows.get(segment.segment_id))
    ]
    left_over = tuple(row for row in rows.values() if row.segment_id not in made)
    return Outcome(corrector.version, len(segments), tuple(changed), left_over)


def apply(settings: Settings, store: Store, session_id: str, outcome: Outcome, watch: Watch) -> None:
    """Publishes the changed segments and waits for their rows; the old readings stay in `segment_history`."""
    if outcome.changed:
        note_recorrection(store, session_id, outcome.version)
        push_segments(settings.kafka, (item.segment for item in outcome.changed))
        Stages(settings.kafka, watch=watch).wait_for({}, (SINK,))


def stored_transcripts(
    kafka: KafkaSettings, session_id: str, times_us: tuple[int, int]
) -> list[tuple[Transcript, int]]:
    """The session's final transcripts with the UTC µs of their records, in order; of one window the newest."""
    found: dict[str, tuple[Transcript, int]] = {}
    prefix = f"{session_id}/".encode()
    for record in read_spans(kafka, _around(kafka, times_us)):
        if record.key is None or not record.key.startswith(prefix):
            continue
        try:
            transcript = decode(Transcript, record.value)
        except BadRecord:
            continue
        if transcript.final:
            found[transcript.window_id] = (transcript, record.timestamp_us)
    return list(found.values())


def corrected(
    transcripts: Iterable[tuple[Transcript, int]], corrector: Corrector, glossary: GlossarySettings
) -> list[Segment]:
    """The segments of these transcripts that have text."""
    limits = limits_of(glossary.sentence_gap_s, glossary.sentence_max_s)
    return [
        segment
        for transcript, transcribed_at in transcripts
        for segment in segments_of(transcript, transcribed_at, corrector, limits)
        if segment.text_raw
    ]


def _around(kafka: KafkaSettings, times_us: tuple[int, int]) -> list[Span]:
    """Where on the topic, by the time of its records, the session lies."""
    spans = []
    for span in whole(kafka, [TRANSCRIPTS.name]):
        first = offset_at(kafka, span, times_us[0] - MARGIN_US)
        end = offset_at(kafka, span, times_us[1] + MARGIN_US)
        spans.append(Span(*span.place, first, end))
    return spans


def _times(store: Store, session_id: str) -> tuple[int, int]:
    first, last = store.ask(_TIMES, {"session": session_id}).rows[0]
    return int(first), int(last)


def _is_changed(segment: Segment, row: Row | None) -> bool:
    if row is None:
        return True
    changes = tuple(Change(item.from_text, item.to_text, item.term, item.rule) for item in segment.corrections)
    return segment.text != row.text or changes != row.corrections


def counts(outcome: Outcome) -> Mapping[str, int]:
    """How often each correction is made that was not made before: `from → to`."""
    found: dict[str, int] = {}
    for item in outcome.changed:
        before = set(item.old.corrections) if item.old else set()
        for change in item.segment.corrections:
            if Change(change.from_text, change.to_text, change.term, change.rule) not in before:
                name = f"{change.from_text} → {change.to_text}"
                found[name] = found.get(name, 0) + 1
    return found
