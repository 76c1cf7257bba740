"""The audit of one session: what the log and the tables hold of it, counted against each other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from producers.partitioning import partition_of
from review.audit.channel_account import ChannelAccount, Fault, Part
from review.audit.findings import Findings
from review.audit.stream_tally import StreamTally
from review.dead_letters import read_letters
from review.rows import read_hints, read_origin
from review.search import find_session
from review.spans import Place, Span, offset_at, read_spans, whole
from review.stages import GLOSSARY, SEGMENTER, SINK, TRANSCRIBER, Stages
from runtime.errors import ConfigError
from runtime.kafka import Record
from runtime.settings import KafkaSettings
from schemas.audio import MICROSECONDS
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS, audio_topic
from sinks.clickhouse.store import Store

MARGIN_US = 5 * MICROSECONDS
WINDOWS_WITHIN_US = 3_600 * MICROSECONDS
"""So long after the last trace of a session its windows are looked for; of later ones the transcripts tell."""
LOG_EDGE_US = 10 * MICROSECONDS
INPUT_OF = {TRANSCRIBER: WINDOWS.name, GLOSSARY: TRANSCRIPTS.name, SINK: SEGMENTS.name}
_ROWS = """
SELECT channel_id, segment_id, window_id, length(words.text) FROM segments FINAL WHERE session_id = {session:String}
"""
_TIMES = """
SELECT toUnixTimestamp64Micro(min(windowed_at)), toUnixTimestamp64Micro(max(windowed_at))
FROM segments FINAL WHERE session_id = {session:String}
"""

Tallies = Mapping[str, StreamTally]
"""By channel, the sound as it was counted."""
Watch = Callable[[], None]
"""Called while reading; may raise to end the audit."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found."""

    session_id: str
    channels: tuple[ChannelAccount, ...]
    faults: tuple[Fault, ...]
    remarks: tuple[str, ...]
    """What is worth knowing and no fault."""

    @property
    def adds_up(self) -> bool:
        """Whether nothing is missing that nothing explains."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Auditor:
    """Audits sessions by one broker and one database."""

    kafka: KafkaSettings
    store: Store
    watch: Watch = lambda: None

    def audit(self, session_id: str, tallies: Tallies | None = None) -> Audit:
        """The audit of a session. `tallies`: its sound, where it was counted before; else every frame is read.

        Raises ConfigError where there is nothing of it, Unavailable without broker or ClickHouse.
        """
        findings = Findings(session_id)
        for channel, segment_id, window_id, words in self.store.ask(_ROWS, {"session": session_id}).rows:
            findings.of(channel).rows[segment_id] = Part(window_id, int(words))
        for channel, tally in (self._sound_of(session_id) if tallies is None else tallies).items():
            findings.of(channel).sound = replace(tally, is_cut=self._is_cut(session_id, channel, tally))
        self._follow(findings)
        if findings.is_empty:
            raise ConfigError(f"session {session_id}: nothing of it is in the log or in the tables")
        accounts = findings.accounts()
        faults = [*self._behind(session_id, accounts), *self._judged(accounts)]
        return Audit(session_id, accounts, tuple(faults), tuple(self._remarks(session_id, accounts)))

    def _sound_of(self, session_id: str) -> Tallies:
        """Every frame of the session, counted; nothing where the log holds none."""
        try:
            recording = find_session(self.kafka, session_id, read_hints(self.store, session_id))
        except ConfigError:
            return {}
        tallies: dict[str, StreamTally] = {}
        channels = {span.place: channel for channel, span in recording.spans}
        for record in self._records([span for _, span in recording.spans]):
            if record.key == session_id.encode():
                tallies.setdefault(channels[record.topic, record.partition], StreamTally()).take_record(record)
        return tallies

    def _follow(self, findings: Findings) -> None:
        """Reads windows, transcripts, segments and dead letters; a topic no further than until nothing is missing."""
        first_us, last_us = self._period(findings)
        for record in self._records(self._from(WINDOWS.name, first_us, last_us + WINDOWS_WITHIN_US)):
            findings.take(record)
        for topic, await_them in ((TRANSCRIPTS, findings.await_transcripts), (SEGMENTS, findings.await_segments)):
            is_known = await_them()
            for record in self._records(self._from(topic.name, first_us)):
                findings.take(record)
                if is_known and not findings.is_missing:
                    break
        for letter in read_letters(self.kafka):
            self.watch()
            findings.take_letter(letter.letter)

    def _period(self, findings: Findings) -> tuple[int, int]:
        """When anything of the session is known to have been published, UTC µs; all time where nothing is known."""
        sounds = [account.sound for account in findings.accounts() if account.sound is not None]
        times = [(sound.first_us, sound.last_us) for sound in sounds]
        if any(account.rows for account in findings.accounts()):
            first, last = self.store.ask(_TIMES, {"session": findings.session_id}).rows[0]
            times.append((int(first), int(last)))
        if not times:
            return 0, 0
        return min(first for first, _ in times) - MARGIN_US, max(last for _, last in times)

    def _from(self, topic: str, first_us: int, last_us: int = 0) -> list[Span]:
        """The topic's records from one time to another, or to its end; all of it from 0."""
        spans = whole(self.kafka, [topic])
        if first_us <= 0:
            return spans
        starts = {span.place: offset_at(self.kafka, span, first_us) for span in spans}
        ends = {span.place: offset_at(self.kafka, span, last_us) if last_us else span.end_offset for span in spans}
        return [Span(*span.place, starts[span.place], ends[span.place]) for span in spans]

    def _records(self, spans: list[Span]) -> Iterator[Record]:
        for record in read_spans(self.kafka, spans):
            self.watch()
            yield record

    def _is_cut(self, session_id: str, channel: str, tally: StreamTally) -> bool:
        """Whether the log begins where the stream does: something before it has been deleted, and nothing is left."""
        if not tally.first_sample:
            return False
        place = self._place(session_id, channel)
        (held,) = [span for span in whole(self.kafka, [place[0]]) if span.place == place] or [Span(*place, 0, 0)]
        if not held.first_offset:
            return False
        first = next(read_spans(self.kafka, [Span(*place, held.first_offset, held.end_offset)]), None)
        return first is None or first.timestamp_us > tally.first_us - LOG_EDGE_US

    def _place(self, session_id: str, channel: str) -> Place:
        return audio_topic(channel), partition_of(session_id.encode(), self.kafka.partitions)

    def _behind(self, session_id: str, accounts: tuple[ChannelAccount, ...]) -> Iterator[Fault]:
        """What the segmenter has not finished: nobody knows yet which windows will come of it."""
        ends = {self._place(session_id, one.channel_id): one.sound.end_offset for one in accounts if one.sound}
        _, committed = Stages(self.kafka).waiting(SEGMENTER, [topic for topic, _ in ends]) if ends else ({}, {})
        for (topic, partition), end in ends.items():
            waiting = end - committed.get((topic, partition), 0)
            if waiting > 0:
                yield Fault(SEGMENTER, f"{topic}[{partition}]: {waiting} records up to the session's end are not done")

    def _judged(self, accounts: tuple[ChannelAccount, ...]) -> Iterator[Fault]:
        stages = Stages(self.kafka)
        for fault in (fault for account in accounts for fault in account.faults()):
            is_working = fault.step in INPUT_OF and stages.has_work(fault.step, INPUT_OF[fault.step])
            more = f"; the {fault.step} has work waiting, so it may come yet" if is_working else ""
            yield replace(fault, text=fault.text + more)

    def _remarks(self, session_id: str, accounts: tuple[ChannelAccount, ...]) -> Iterator[str]:
        origin = read_origin(self.store, session_id)
        sounds = [account for account in accounts if account.sound is not None]
        if not sounds and origin.of_session:
            yield f"a replay of {origin.of_session} with settings of its own: it has no sound and no windows"
        elif not sounds:
            yield "its sound is not in the log (any more)"
        cut = [account for account in sounds if account.expired_s]
        for account in cut:
            yield f"{account.channel_id}: the first {account.expired_s:.1f} s are not in the log any more"
        open_ones = [account.channel_id for account in sounds if account.sound and not account.sound.is_ended]
        if open_ones:
            yield f"{', '.join(open_ones)}: no end: still recorded, or cut off"
