"""What became of one channel of a session, step by step, and where one step holds less than the one before. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from review.audit.stream_tally import StreamTally
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import Segment, SpeechWindow, Transcript
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS

MOST_NAMED = 3
SEGMENTER, TRANSCRIBER, GLOSSARY, SINK = "segmenter", "transcriber", "glossary", "sink"
INPUT_OF = {TRANSCRIBER: WINDOWS.name, GLOSSARY: TRANSCRIPTS.name, SINK: SEGMENTS.name}
_OWED = {
    SEGMENTER: "windows own samples that another owns as well",
    TRANSCRIBER: "windows have no transcript",
    GLOSSARY: "transcripts are not whole in segments",
    SINK: "segments have no row",
}

Span = tuple[int, int]
"""Samples of the stream, the second not included."""
At = tuple[str, int, int]
"""Where a record lies: topic, partition, offset."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a transcript holds."""

    owned: Span
    words: int
    has_text: bool
    uncovered_samples: int

    @property
    def owes_segment(self) -> bool:
        """Whether something must come of it: its text, or the mark of speech that nothing was written of."""
        return self.has_text or self.uncovered_samples > 0


@dataclass(frozen=True, slots=True)
class Part:
    """A segment, or its row."""

    window_id: str
    words: int
    span: Span


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not add up."""

    step: str
    """The stage that owes it."""
    text: str
    is_waiting: bool = False
    """Whether all of it lies before the stage: it may come yet."""


@dataclass(slots=True)
class ChannelAccount:
    """Everything that was found of one channel, each thing once, by its id."""

    channel_id: str
    sound: StreamTally | None = None
    """None where the log holds none of it (any more)."""
    windows: dict[str, Span] = field(default_factory=dict)
    """By id, the samples that it owns."""
    transcripts: dict[str, Heard] = field(default_factory=dict)
    segments: dict[str, Part] = field(default_factory=dict)
    words: Counter[str] = field(default_factory=Counter)
    """By window, the words of its segments."""
    rows: dict[str, Part] = field(default_factory=dict)
    letters: Counter[str] = field(default_factory=Counter)
    """Dead letters, by the topic from which they come."""
    places: dict[str, At] = field(default_factory=dict)
    """Where each window, transcript or segment lies that was found in the log, by its topic and id."""

    def take_window(self, window: SpeechWindow, at: At) -> None:
        """Counts a final window."""
        self.windows[window.window_id] = (window.own_from, window.own_to)
        self.places[at[0] + window.window_id] = at

    def take_transcript(self, transcript: Transcript, at: At) -> None:
        """Counts a final transcript; of two of one window the newer one counts."""
        uncovered = sum(span.end_sample - span.start_sample for span in transcript.uncovered)
        words = sum(bool(word.text.strip()) for word in transcript.words)  # a blank one may be in no segment
        owned = (transcript.own_from, transcript.own_to)
        self.transcripts[transcript.window_id] = Heard(owned, words, bool(transcript.text.strip()), uncovered)
        self.places[at[0] + transcript.window_id] = at

    def take_segment(self, segment: Segment, at: At) -> None:
        """Counts a final segment; one that comes again, corrected anew, once."""
        before = self.segments.get(segment.segment_id)
        span = (segment.start_sample, segment.end_sample)
        self.segments[segment.segment_id] = Part(segment.window_id, len(segment.words), span)
        self.words[segment.window_id] += len(segment.words) - (before.words if before else 0)
        self.places[at[0] + segment.segment_id] = at

    @property
    def withheld(self) -> int:
        """Transcripts without a text: silence, noise, or one that was rejected."""
        return sum(not heard.has_text for heard in self.transcripts.values())

    @property
    def uncovered_s(self) -> float:
        """Seconds of speech that no word covers."""
        return sum(heard.uncovered_samples for heard in self.transcripts.values()) / SAMPLE_RATE_HZ

    @property
    def gap_s(self) -> float:
        """Seconds left out of the stream."""
        return self.sound.missing_samples / SAMPLE_RATE_HZ if self.sound else 0.0

    @property
    def expired_s(self) -> float:
        """Seconds at the stream's beginning that are not in the log any more."""
        return self.sound.expired_samples / SAMPLE_RATE_HZ if self.sound else 0.0

    @property
    def known_windows(self) -> set[str]:
        """Every window of which something was found."""
        parts = (*self.segments.values(), *self.rows.values())
        return self.windows.keys() | self.transcripts.keys() | {part.window_id for part in parts}

    def is_whole(self, window_id: str) -> bool:
        """Whether every word of the window's transcript is in its segments, however they were cut."""
        heard = self.transcripts.get(window_id)
        return heard is not None and window_id in self.words and self.words[window_id] >= heard.words

    @property
    def owned(self) -> list[Span]:
        """Every stretch of the stream of which some later step holds something."""
        heard = [transcript.owned for transcript in self.transcripts.values()]
        return [*self.windows.values(), *heard, *(part.span for part in (*self.segments.values(), *self.rows.values()))]

    def missing(self) -> dict[str, list[str]]:
        """By the stage that owes it, the ids of what it took in and nothing was found to come of."""
        known = {part.window_id for part in (*self.segments.values(), *self.rows.values())}
        return {
            TRANSCRIBER: [window for window in self.windows if window not in self.transcripts and window not in known],
            GLOSSARY: self._uncorrected(),
            SINK: [segment for segment in self.segments if segment not in self.rows],
        }

    def faults(self, committed: Mapping[tuple[str, int], int]) -> list[Fault]:
        """Where it does not add up; a dead letter accounts for one thing that its stage could not read.

        `committed`: by topic and partition, the offset before which its stage has done everything.
        """
        owned = sorted(self.windows.items(), key=lambda item: item[1])
        doubled = [later for (_, before), (later, after) in pairwise(owned) if after[0] < before[1]]
        faults = [Fault(SEGMENTER, self._told(SEGMENTER, doubled, 0))] if doubled else []
        for step, ids in self.missing().items():
            explained = self.letters[INPUT_OF[step]]
            if len(ids) > explained:
                waiting = sum(self._is_waiting(INPUT_OF[step] + name, committed) for name in ids)
                faults.append(Fault(step, self._told(step, ids, explained, waiting), waiting == len(ids)))
        return faults

    def _is_waiting(self, name: str, committed: Mapping[tuple[str, int], int]) -> bool:
        topic, partition, offset = self.places[name]
        return offset >= committed.get((topic, partition), 0)

    def _uncorrected(self) -> list[str]:
        stored: Counter[str] = Counter()
        for part in self.rows.values():
            stored[part.window_id] += part.words
        return [
            window
            for window, heard in self.transcripts.items()
            if heard.owes_segment
            and not self.is_whole(window)
            and not (window in stored and stored[window] >= heard.words)
        ]

    def _told(self, step: str, ids: list[str], explained: int, waiting: int = 0) -> str:
        named = ", ".join(ids[:MOST_NAMED]) + (", …" if len(ids) > MOST_NAMED else "")
        but = f", of which dead letters explain {explained}" if explained else ""
        yet = f" ({waiting} wait for the {step} and may come yet)" if waiting else ""
        return f"{self.channel_id}: {len(ids)} {_OWED[step]}{but}{yet}: {named}"


def figures(account: ChannelAccount) -> dict[str, float]:
    """How much there is of everything, by name; seconds where the name says so."""
    return {
        "frames": account.sound.frames if account.sound else 0,
        "sound_s": account.sound.samples / SAMPLE_RATE_HZ if account.sound else 0.0,
        "gaps_s": account.gap_s,
        "expired_s": account.expired_s,
        "windows": len(account.windows),
        "transcripts": len(account.transcripts),
        "no_text": account.withheld,
        "uncovered_s": account.uncovered_s,
        "segments": len(account.segments),
        "rows": len(account.rows),
        "letters": account.letters.total(),
    }


def total(accounts: Iterable[ChannelAccount]) -> dict[str, float]:
    """The sums over channels."""
    sums: Counter[str] = Counter()
    for account in accounts:
        sums.update(figures(account))
    return dict(sums)
