"""Two sessions side by side: aligned by stream time, compared as text. Pure.

Segments whose times overlap, on either side, form one group; each group is compared as a whole, so a sentence that
was cut in two is no difference of text.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from review.differences import Difference, by_window, decoding_differences, machine_differences, settings_differences
from review.errors_counted import Errors, count_errors
from review.rows import Change, Origin, Row, SessionRows

CUT, TEXT, LOST, NEW, GLOSSARY = "cut", "text", "lost", "new", "glossary"
KINDS = {
    TEXT: "heard otherwise",
    LOST: "only in A",
    NEW: "only in B",
    GLOSSARY: "corrected otherwise",
    CUT: "the same words, cut otherwise",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Segments of one channel that share time."""

    channel_id: str
    old: tuple[Row, ...]
    new: tuple[Row, ...]

    @property
    def old_text(self) -> str:
        """What A says."""
        return joined(row.text for row in self.old)

    @property
    def new_text(self) -> str:
        """What B says."""
        return joined(row.text for row in self.new)

    @property
    def start_s(self) -> float:
        """Where it starts, in seconds of stream time."""
        return min(row.start_s for row in (*self.old, *self.new))

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds of stream time."""
        return max(row.end_s for row in (*self.old, *self.new))

    @property
    def kind(self) -> str:
        """What differs: one of KINDS, or empty."""
        if not self.new:
            return LOST
        if not self.old:
            return NEW
        if self.old_text != self.new_text:
            same_heard = joined(row.text_raw for row in self.old) == joined(row.text_raw for row in self.new)
            return GLOSSARY if same_heard else TEXT
        return "" if [_cut_of(row) for row in self.old] == [_cut_of(row) for row in self.new] else CUT


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that one side made and the other did not."""

    channel_id: str
    start_s: float
    change: Change
    made_by: str
    """`A` or `B`."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a session, or the part of it that is compared, took."""

    segments: int
    windows: int
    encoder_s: float
    """Sound that the encoder was given, padding included, in seconds."""
    beam_encoder_s: float
    """The same, each window as many times as it had beams."""
    words: int
    speech_s: float


@dataclass(frozen=True, slots=True)
class WindowCount:
    """Windows with text, by their place in the stream."""

    same: int
    only_old: int
    only_new: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that is to be said of B against A."""

    old: SessionRows
    new: SessionRows
    channels: dict[str, Errors]
    total: Errors
    groups: tuple[Group, ...]
    """Every group that differs, in order of time."""
    corrections: tuple[Corrected, ...]
    machine: tuple[Difference, ...]
    """Of engine, processor, instruction set and versions: these alone may make equal sound read otherwise."""
    differences: tuple[Difference, ...]
    windows: WindowCount
    costs: tuple[Cost, Cost]
    groups_compared: int

    @property
    def is_same(self) -> bool:
        """Whether every segment has the same place and text on both sides, and neither is half a replay."""
        return not self.groups and self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether neither side is half a replay."""
        return self.old.origin.whole and self.new.origin.whole


def compare(old: SessionRows, new: SessionRows, *, loose: bool = False) -> Comparison:
    """B (`new`) against A (`old`); `loose` counts errors without case and punctuation.

    Of a session that is a replay of a part, only that part is compared: its channels, and what lies whole between its
    times.
    """
    every = [group for group in _all_groups(old.rows, new.rows) if _is_in_both(group, old.origin, new.origin)]
    channels = sorted({group.channel_id for group in every})
    groups = {channel: [group for group in every if group.channel_id == channel] for channel in channels}
    before = [row for group in every for row in group.old]
    after = [row for group in every for row in group.new]
    errors = {
        channel: count_errors(((group.old_text, group.new_text) for group in groups[channel]), loose=loose)
        for channel in channels
    }
    changed = sorted((group for group in every if group.kind), key=lambda group: (group.start_s, group.channel_id))
    return Comparison(
        old=old,
        new=new,
        channels=errors,
        total=sum(errors.values(), Errors()),
        groups=tuple(changed),
        corrections=tuple(corrections_of(every)),
        machine=tuple(machine_differences(before, after)),
        differences=tuple([*settings_differences(old.origin, new.origin), *decoding_differences(before, after)]),
        windows=_windows(before, after),
        costs=(cost_of(before), cost_of(after)),
        groups_compared=len(every),
    )


def groups_of(channel_id: str, old: Sequence[Row], new: Sequence[Row]) -> list[Group]:
    """The segments of one channel in groups that do not share time with each other."""
    marked = sorted([(row, False) for row in old] + [(row, True) for row in new], key=_start)
    groups: list[tuple[list[Row], list[Row]]] = []
    end = -1
    for row, is_new in marked:
        if not groups or row.start_sample >= end:
            groups.append(([], []))
            end = -1
        groups[-1][is_new].append(row)
        end = max(end, row.end_sample, row.start_sample + 1)
    return [Group(channel_id, tuple(before), tuple(after)) for before, after in groups]


def corrections_of(groups: Iterable[Group]) -> list[Corrected]:
    """The corrections that only one side made, in order of the groups."""
    found = []
    for group in groups:
        old = Counter(change for row in group.old for change in row.corrections)
        new = Counter(change for row in group.new for change in row.corrections)
        found += [Corrected(group.channel_id, group.start_s, change, "A") for change in (old - new).elements()]
        found += [Corrected(group.channel_id, group.start_s, change, "B") for change in (new - old).elements()]
    return found


def cost_of(rows: Sequence[Row]) -> Cost:
    """What these rows took; a window that became several segments counts once."""
    windows = {row.window_id: row for row in rows}
    encoder = {name: int(row.decoding["context_frames"]) / 100 for name, row in windows.items()}
    return Cost(
        segments=len(rows),
        windows=len(windows),
        encoder_s=round(sum(encoder.values()), 2),
        beam_encoder_s=round(sum(encoder[name] * int(row.decoding["beam_size"]) for name, row in windows.items()), 2),
        words=sum(len(row.words) for row in rows),
        speech_s=round(sum(row.end_s - row.start_s for row in rows), 2),
    )


def joined(texts: Iterable[str]) -> str:
    """Texts in a row, white space made even."""
    return " ".join(" ".join(texts).split())


def _windows(old: Sequence[Row], new: Sequence[Row]) -> WindowCount:
    before, after = by_window(old).keys(), by_window(new).keys()
    return WindowCount(len(before & after), len(before - after), len(after - before))


def _all_groups(old: Sequence[Row], new: Sequence[Row]) -> list[Group]:
    channels = sorted({row.channel_id for row in (*old, *new)})
    return [group for channel in channels for group in groups_of(channel, _of(old, channel), _of(new, channel))]


def _is_in_both(group: Group, *origins: Origin) -> bool:
    return all(origin.part.holds(group.channel_id, group.start_s, group.end_s) for origin in origins)


def _of(rows: Iterable[Row], channel_id: str) -> list[Row]:
    return [row for row in rows if row.channel_id == channel_id]


def _start(marked: tuple[Row, bool]) -> tuple[int, bool, int]:
    row, is_new = marked
    return row.start_sample, is_new, row.end_sample


def _cut_of(row: Row) -> tuple[int, int, str]:
    return row.start_sample, row.end_sample, row.text
