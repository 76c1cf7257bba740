"""What became of one channel of a session, step by step, and where one step holds less than the one before. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from review.audit.stream_tally import StreamTally
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import Segment, SpeechWindow, Transcript
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Heard:
    """What a transcript holds."""

    words: int
    has_text: bool
    uncovered_samples: int


@dataclass(frozen=True, slots=True)
class Part:
    """A segment, or its row."""

    window_id: str
    words: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not add up."""

    step: str
    """The stage that owes it: segmenter, transcriber, glossary, sink."""
    text: str


@dataclass(slots=True)
class ChannelAccount:
    """Everything that was found of one channel, each thing once, by its id."""

    channel_id: str
    sound: StreamTally | None = None
    """None where the log holds none of it (any more)."""
    windows: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By id, the samples that it owns."""
    transcripts: dict[str, Heard] = field(default_factory=dict)
    segments: dict[str, Part] = field(default_factory=dict)
    words: Counter[str] = field(default_factory=Counter)
    """By window, the words of its segments."""
    rows: dict[str, Part] = field(default_factory=dict)
    letters: Counter[str] = field(default_factory=Counter)
    """Dead letters, by the topic from which they come."""

    def take_window(self, window: SpeechWindow) -> None:
        """Counts a final window."""
        self.windows[window.window_id] = (window.own_from, window.own_to)

    def take_transcript(self, transcript: Transcript) -> None:
        """Counts a final transcript; of two of one window the newer one counts."""
        uncovered = sum(span.end_sample - span.start_sample for span in transcript.uncovered)
        words = sum(bool(word.text.strip()) for word in transcript.words)  # a blank one may be in no segment
        heard = Heard(words, bool(transcript.text.strip()), uncovered)
        self.transcripts[transcript.window_id] = heard

    def take_segment(self, segment: Segment) -> None:
        """Counts a final segment; one that comes again, corrected anew, once."""
        before = self.segments.get(segment.segment_id)
        self.segments[segment.segment_id] = Part(segment.window_id, len(segment.words))
        self.words[segment.window_id] += len(segment.words) - (before.words if before else 0)

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

    def faults(self) -> list[Fault]:
        """Where it does not add up; a dead letter accounts for one thing that its stage could not read."""
        checks = (self._overlaps(), self._untranscribed(), self._uncorrected(), self._not_stored())
        return [fault for fault in checks if fault is not None]

    def _overlaps(self) -> Fault | None:
        owned = sorted(self.windows.items(), key=lambda item: item[1])
        found = [later for (_, before), (later, after) in pairwise(owned) if after[0] < before[1]]
        return self._fault("segmenter", "windows own samples that another owns as well", found)

    def _untranscribed(self) -> Fault | None:
        known = {part.window_id for part in (*self.segments.values(), *self.rows.values())}
        found = [window for window in self.windows if window not in self.transcripts and window not in known]
        return self._fault("transcriber", "windows have no transcript", found, self.letters[WINDOWS.name])

    def _uncorrected(self) -> Fault | None:
        stored: Counter[str] = Counter()
        for part in self.rows.values():
            stored[part.window_id] += part.words
        found = [
            window
            for window, heard in self.transcripts.items()
            if heard.has_text and not self.is_whole(window) and not (window in stored and stored[window] >= heard.words)
        ]
        return self._fault("glossary", "transcripts are not whole in segments", found, self.letters[TRANSCRIPTS.name])

    def _not_stored(self) -> Fault | None:
        found = [segment for segment in self.segments if segment not in self.rows]
        return self._fault("sink", "segments have no row", found, self.letters[SEGMENTS.name])

    def _fault(self, step: str, what: str, found: Sequence[str], explained: int = 0) -> Fault | None:
        missing = len(found) - explained
        if missing <= 0:
            return None
        named = ", ".join(found[:MOST_NAMED]) + (", …" if len(found) > MOST_NAMED else "")
        but = f", of which dead letters explain {explained}" if explained else ""
        return Fault(step, f"{self.channel_id}: {len(found)} {what}{but}: {named}")


def figures(account: ChannelAccount) -> dict[str, float]:
    """How much there is of everything, by name; seconds where the name says so."""
    return {
        "frames": account.sound.frames if account.sound else 0,
        "sound_s": account.sound.samples / SAMPLE_RATE_HZ if account.sound else 0.0,
        "gaps_s": account.gap_s,
        "expired_s": account.expired_s,
        "windows": len(account.windows),
        "transcripts": len(account.transcripts),
        "without_text": account.withheld,
        "uncovered_s": account.uncovered_s,
        "segments": len(account.segments),
        "rows": len(account.rows),
        "dead_letters": account.letters.total(),
    }


def total(accounts: Iterable[ChannelAccount]) -> dict[str, float]:
    """The sums over channels."""
    sums: Counter[str] = Counter()
    for account in accounts:
        sums.update(figures(account))
    return dict(sums)
