"""What differs between the disturbed run and the undisturbed one, in words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.chaos.outcome import Outcome, Record

TopicPartition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The segmenter's committed offsets, and right after them the ends of the windows' topic."""

    at_s: float
    """Seconds from the start of the round."""
    committed: Mapping[TopicPartition, int]
    window_ends: Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one window lies, and where its sound begins."""

    window: str
    at: TopicPartition
    offset: int
    audio: TopicPartition
    audio_offset: int


def differences(expected: Outcome, got: Outcome) -> list[str]:
    """A line for each thing that is not as in the undisturbed run; none if all is equal."""
    return [
        *_windows(expected, got),
        *_transcripts(got),
        *_rows(expected, got),
        *(f"dead letter: {letter}" for letter in got.dead_letters),
    ]


def commits_ahead(snapshots: Sequence[Snapshot], places: Sequence[Place]) -> list[str]:
    """Moments at which the segmenter had committed past the sound of a window that was not in the log yet."""
    first: dict[str, Place] = {}
    for place in places:
        if place.window not in first or place.offset < first[place.window].offset:
            first[place.window] = place
    return [
        f"after {snapshot.at_s:.1f} s the segmenter had committed {committed} of {place.audio[0]}, but window "
        f"{place.window}, whose sound begins at {place.audio_offset}, was not in the log yet"
        for snapshot in snapshots
        for place in first.values()
        if (committed := snapshot.committed.get(place.audio, 0)) > place.audio_offset
        and place.offset >= snapshot.window_ends.get(place.at, 0)
    ]


def _windows(expected: Outcome, got: Outcome) -> list[str]:
    lines = [f"window {name} is missing" for name in sorted(expected.windows.keys() - got.windows.keys())]
    lines += [f"window {name} is new" for name in sorted(got.windows.keys() - expected.windows.keys())]
    for name in sorted(expected.windows.keys() & got.windows.keys()):
        for copy in got.windows[name]:
            lines += [f"window {name}: {change}" for change in _changes(expected.windows[name][0], copy)]
    return lines


def _transcripts(got: Outcome) -> list[str]:
    """The transcriber answers each window in the log exactly once, also one that the segmenter sent twice."""
    names = sorted(got.windows.keys() | got.transcripts.keys())
    return [
        f"window {name} lies {sent} times in the log and has {answered} transcripts"
        for name in names
        if (sent := len(got.windows.get(name, ()))) != (answered := got.transcripts.get(name, 0))
    ]


def _rows(expected: Outcome, got: Outcome) -> list[str]:
    lines = [
        f"row {name} is missing: {expected.rows[name][0]['text']}"
        for name in sorted(expected.rows.keys() - got.rows.keys())
    ]
    lines += [
        f"row {name} is new: {got.rows[name][0]['text']}" for name in sorted(got.rows.keys() - expected.rows.keys())
    ]
    for name in sorted(expected.rows.keys() & got.rows.keys()):
        if len(got.rows[name]) > 1:
            lines.append(f"row {name} is there {len(got.rows[name])} times")
        lines += [f"row {name}: {change}" for change in _changes(expected.rows[name][0], got.rows[name][0])]
    return lines


def _changes(before: Record, after: Record) -> list[str]:
    return [
        f"{field} was {before.get(field)!r} and is {after.get(field)!r}"
        for field in sorted(before.keys() | after.keys())
        if before.get(field) != after.get(field)
    ]
