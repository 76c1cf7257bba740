"""The audit of one session: what the log and the tables hold of it, counted against each other."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

from review.audit.channel_account import INPUT_OF, SEGMENTER, ChannelAccount, Fault, Part
from review.audit.findings import Findings
from review.audit.session_topics import SessionTopics, Watch, topics_of
from review.audit.stream_tally import StreamTally
from review.dead_letters import read_letters
from review.rows import read_hints, read_origin
from review.search import find_session
from review.spans import Place, Span, read_spans, whole
from runtime.errors import ConfigError
from runtime.kafka.offsets import GroupOffsets
from runtime.kafka.partitioning import partition_of
from runtime.settings import KafkaSettings
from runtime.stage import group_of
from schemas.audio import MICROSECONDS
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS, audio_topic
from sinks.clickhouse.store import Store

LOG_EDGE_US = 10 * MICROSECONDS
_ROWS = """
SELECT channel_id, segment_id, window_id, length(words.text), start_sample, end_sample
FROM segments FINAL WHERE session_id = {session:String}
"""

Tallies = Mapping[str, StreamTally]
"""By channel, the sound as it was counted."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found."""

    session_id: str
    topics: SessionTopics
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
        for channel, segment_id, window_id, words, start, end in self.store.ask(_ROWS, {"session": session_id}).rows:
            findings.of(channel).rows[segment_id] = Part(window_id, int(words), (int(start), int(end)))
        for channel, tally in (self._sound_of(session_id) if tallies is None else tallies).items():
            findings.of(channel).sound = replace(tally, is_cut=self._is_cut(session_id, channel, tally))
        topics = topics_of(self.kafka, self.store, findings, self.watch)
        self._follow(topics, findings)
        if findings.is_empty:
            raise ConfigError(f"session {session_id}: nothing of it is in the log or in the tables")
        accounts = findings.accounts()
        faults = [*self._behind(session_id, accounts), *self._faults(accounts)]
        return Audit(session_id, topics, accounts, tuple(faults), tuple(self._remarks(session_id, accounts)))

    def _sound_of(self, session_id: str) -> Tallies:
        """Every frame of the session, counted; nothing where the log holds none."""
        try:
            recording = find_session(self.kafka, session_id, read_hints(self.store, session_id))
        except ConfigError:
            return {}
        tallies: dict[str, StreamTally] = {}
        channels = {span.place: channel for channel, span in recording.spans}
        for record in read_spans(self.kafka, [span for _, span in recording.spans]):
            self.watch()
            if record.key == session_id.encode():
                tallies.setdefault(channels[record.topic, record.partition], StreamTally()).take_record(record)
        return tallies

    def _follow(self, topics: SessionTopics, findings: Findings) -> None:
        """Reads windows, transcripts, segments and dead letters; text no further than until nothing is missing."""
        for record in topics.records(WINDOWS.name):
            findings.take(record)
        for topic, await_them in ((TRANSCRIPTS, findings.await_transcripts), (SEGMENTS, findings.await_segments)):
            is_known = await_them()
            for record in topics.records(topic.name):
                findings.take(record)
                if is_known and not findings.is_missing:
                    break
        for letter in read_letters(self.kafka):
            self.watch()
            findings.take_letter(letter.letter)

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
        committed = self._committed(SEGMENTER, [topic for topic, _ in ends]) if ends else {}
        for (topic, partition), end in ends.items():
            waiting = end - committed.get((topic, partition), 0)
            if waiting > 0:
                text = f"{topic}[{partition}]: {waiting} records up to the session's end are not done"
                yield Fault(SEGMENTER, text, is_waiting=True)

    def _faults(self, accounts: tuple[ChannelAccount, ...]) -> list[Fault]:
        committed: dict[Place, int] = {}
        for step, topic in INPUT_OF.items():
            if any(account.missing()[step] for account in accounts):
                committed |= self._committed(step, [topic])
        return [fault for account in accounts for fault in account.faults(committed)]

    def _committed(self, step: str, topics: list[str]) -> dict[Place, int]:
        with closing(GroupOffsets(self.kafka, group_of(self.kafka, step))) as offsets:
            return offsets.committed(topics)

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
        unheard = [account.channel_id for account in sounds if not account.owned]
        if unheard:
            yield (
                f"{', '.join(unheard)}: sound, and nothing that came of it: silence, or all of it is lost "
                "(`earshot recover --session … --from-sound --dry-run` looks)"
            )
        open_ones = [account.channel_id for account in sounds if account.sound and not account.sound.is_ended]
        if open_ones:
            yield f"{', '.join(open_ones)}: no end: still recorded, or cut off"
