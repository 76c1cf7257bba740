"""A session's missing rows made again, from the latest step of the log that still holds what they come from.

Whatever is made has the id that it had, or would have had: a window's is its place in the sound, a segment's its place
in the window. So what is there already, or comes late after all, is the same row, and counts once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from processors.glossary.corrector import Corrector
from processors.glossary.words.vocabulary import Dictionaries
from processors.segmenter.from_settings import options_of
from processors.segmenter.vad import SileroVad
from review.audit.channel_account import GLOSSARY, SINK, TRANSCRIBER, ChannelAccount, Span
from review.audit.session_audit import Audit
from review.publishing import Brake, push_segments
from review.recording import Placed, merged
from review.recorrecting import corrected
from review.replaying import terms_of
from review.rows import note_recorrection, read_hints
from review.search import find_session
from review.stages import SINK as SINK_STAGE
from review.stages import TO_ROWS, Stages
from review.windows import Windowing
from runtime.errors import BadRecord, ConfigError
from runtime.kafka import Record, Writer, WriterOptions
from runtime.settings import Settings
from schemas.codec import decode, encode
from schemas.events import Segment, SpeechWindow, Transcript
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS, stream_key
from sinks.clickhouse.store import Store

Watch = Callable[[], None]
"""Called while it works; may raise to end it."""
Made = TypeVar("Made", Segment, Transcript, SpeechWindow)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What will be sent again, or made again and sent."""

    segments: tuple[Segment, ...] = ()
    """To the sink: finished, and in no row."""
    corrected: tuple[Segment, ...] = ()
    """To the sink: made from transcripts that are in no segment, by the glossary of today."""
    windows: tuple[SpeechWindow, ...] = ()
    """To the transcriber: on their topic, and in no transcript."""
    made: tuple[SpeechWindow, ...] = ()
    """To the transcriber: cut from the sound anew, where nothing is known."""
    glossary_version: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.segments or self.corrected or self.windows or self.made)


@dataclass(frozen=True, slots=True)
class Recoverer:
    """Makes rows again with one broker and one database."""

    settings: Settings
    store: Store
    watch: Watch

    def plan(self, audit: Audit, *, from_sound: bool) -> Recovery:
        """What to do about this audit. `from_sound`: look for speech that is in no window as well.

        Where nothing of a channel but its sound is there, it is looked for in any case. Raises ConfigError where
        something waits for its stage and may come yet.
        """
        waiting = [fault.text for fault in audit.faults if fault.is_waiting]
        if waiting:
            raise ConfigError(f"not everything has been worked on yet, see `earshot status`: {waiting[0]}")
        missing = {step: set[str]() for step in (TRANSCRIBER, GLOSSARY, SINK)}
        for account in audit.channels:
            for step, ids in account.missing().items():
                missing[step].update(ids)
        terms, threshold = terms_of(self.settings, None), self.settings.glossary.fuzzy_threshold
        corrector = Corrector(terms, threshold, Dictionaries())
        segments = self._segments(audit, missing[SINK])
        transcripts = self._transcripts(audit, missing[GLOSSARY])
        windows = self._windows(audit, missing[TRANSCRIBER])
        return Recovery(
            tuple(segments.values()),
            tuple(corrected(transcripts.values(), corrector, self.settings.glossary)),
            tuple(windows.values()),
            tuple(self._cut_anew(audit, from_sound=from_sound)),
            corrector.version,
        )

    def carry_out(self, session_id: str, recovery: Recovery, brake: Brake) -> None:
        """Sends it, no faster than live speech allows, and waits for the rows. Raises Unavailable where a stage stands.

        The session is left out of the view `latency`: when these rows were made says nothing of when they were due.
        """
        kafka = self.settings.kafka
        note_recorrection(self.store, session_id, recovery.glossary_version)
        push_segments(kafka, (*recovery.segments, *recovery.corrected))
        with Writer(kafka, WriterOptions(name="recover")) as writer:
            for window in (*recovery.windows, *recovery.made):
                self.watch()
                brake.wait()
                writer.send(WINDOWS.name, stream_key(session_id, window.channel_id), encode(window))
        through = TO_ROWS if recovery.windows or recovery.made else (SINK_STAGE,)
        Stages(kafka, self.watch).wait_for({}, through)

    def _segments(self, audit: Audit, wanted: set[str]) -> dict[str, Segment]:
        found: dict[str, Segment] = {}
        for record in _of_session(audit, SEGMENTS.name) if wanted else ():
            segment = _decoded(Segment, record)
            if segment is not None and segment.segment_id in wanted:
                found[segment.segment_id] = segment
        return found

    def _transcripts(self, audit: Audit, wanted: set[str]) -> dict[str, tuple[Transcript, int]]:
        found: dict[str, tuple[Transcript, int]] = {}
        for record in _of_session(audit, TRANSCRIPTS.name) if wanted else ():
            transcript = _decoded(Transcript, record)
            if transcript is not None and transcript.window_id in wanted:
                found[transcript.window_id] = (transcript, record.timestamp_us)
        return found

    def _windows(self, audit: Audit, wanted: set[str]) -> dict[str, SpeechWindow]:
        found: dict[str, SpeechWindow] = {}
        for record in _of_session(audit, WINDOWS.name) if wanted else ():
            window = _decoded(SpeechWindow, record)
            if window is not None and window.window_id in wanted:
                found[window.window_id] = window
        return found

    def _cut_anew(self, audit: Audit, *, from_sound: bool) -> Iterator[SpeechWindow]:
        """Windows of the sound that own nothing of what any step holds."""
        accounts = {account.channel_id: account for account in audit.channels if account.sound is not None}
        channels = [name for name, account in accounts.items() if from_sound or not account.owned]
        if not channels:
            return
        recording = find_session(
            self.settings.kafka, audit.session_id, read_hints(self.store, audit.session_id), channels
        )
        windowing = Windowing(SileroVad(), options_of(self.settings.vad, self.settings.window))
        for window in windowing.windows(self._watched(merged(recording, channels)), audit.session_id):
            if not _is_owned(accounts[window.channel_id], (window.own_from, window.own_to)):
                yield window

    def _watched(self, frames: Iterable[Placed]) -> Iterator[Placed]:
        for placed in frames:
            self.watch()
            yield placed


def _is_owned(account: ChannelAccount, span: Span) -> bool:
    return any(start < span[1] and span[0] < end for start, end in account.owned)


def _of_session(audit: Audit, topic: str) -> Iterator[Record]:
    prefix = f"{audit.session_id}/".encode()
    return (
        record for record in audit.topics.records(topic) if record.key is not None and record.key.startswith(prefix)
    )


def _decoded(kind: type[Made], record: Record) -> Made | None:
    try:
        return decode(kind, record.value)
    except BadRecord:
        return None
