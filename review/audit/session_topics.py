"""Where on the topics of text a session lies, by the time of its records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from review.audit.findings import Findings
from review.spans import Span, offset_at, read_spans, whole
from runtime.kafka import Record
from runtime.settings import KafkaSettings
from schemas.audio import MICROSECONDS
from schemas.topics import WINDOWS
from sinks.clickhouse.store import Store

MARGIN_US = 5 * MICROSECONDS
WINDOWS_WITHIN_US = 3_600 * MICROSECONDS
"""So long after the last trace of a session its windows are looked for; of later ones the transcripts tell."""
_TIMES = """
SELECT toUnixTimestamp64Micro(min(windowed_at)), toUnixTimestamp64Micro(max(windowed_at))
FROM segments FINAL WHERE session_id = {session:String}
"""

Watch = Callable[[], None]
"""Called while reading; may raise to end it."""


@dataclass(frozen=True, slots=True)
class SessionTopics:
    """The topics behind the sound, as far as a session may lie on them."""

    kafka: KafkaSettings
    first_us: int
    """UTC µs; 0 where nothing is known: then all of them."""
    last_us: int
    watch: Watch

    def records(self, topic: str) -> Iterator[Record]:
        """The records of the session's time, and of others; of text, to the end of the topic. Raises Unavailable."""
        for record in read_spans(self.kafka, self._spans(topic)):
            self.watch()
            yield record

    def _spans(self, topic: str) -> list[Span]:
        spans = whole(self.kafka, [topic])
        if not self.first_us:
            return spans
        until_us = self.last_us + WINDOWS_WITHIN_US if topic == WINDOWS.name else 0
        starts = {span.place: offset_at(self.kafka, span, self.first_us) for span in spans}
        ends = {span.place: offset_at(self.kafka, span, until_us) if until_us else span.end_offset for span in spans}
        return [Span(*span.place, starts[span.place], ends[span.place]) for span in spans]


def topics_of(kafka: KafkaSettings, store: Store, findings: Findings, watch: Watch) -> SessionTopics:
    """The topics from when the session's sound and rows say that it was recorded."""
    accounts = findings.accounts()
    times = [(account.sound.first_us, account.sound.last_us) for account in accounts if account.sound is not None]
    if any(account.rows for account in accounts):
        first, last = store.ask(_TIMES, {"session": findings.session_id}).rows[0]
        times.append((int(first), int(last)))
    if not times:
        return SessionTopics(kafka, 0, 0, watch)
    first_us, last_us = min(first for first, _ in times), max(last for _, last in times)
    return SessionTopics(kafka, max(1, first_us - MARGIN_US), last_us, watch)
