"""What was done otherwise in one of two sessions: settings, facts of decoding, and what decoded. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from review.rows import MACHINE, Origin, Row

FIELDS = ("model", "beam_size", "context_frames", "hotwords_version", "glossary_version")
NOT_KEPT = "not kept"


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting, or a fact of decoding, that is not the same on both sides."""

    name: str
    old: str
    new: str
    count: int = 0
    """Windows that were decoded otherwise; 0 where it is no fact of single windows."""


def machine_differences(old: Sequence[Row], new: Sequence[Row]) -> list[Difference]:
    """What the two sides were decoded by and on, where that differs; one line where a side does not say.

    Counted in windows that both sides cut alike; 0 where all of those agree and only others differ.
    """
    said_old, said_new = ({fact for row in rows for fact in row.made_by.items()} for rows in (old, new))
    if not said_old or not said_new:
        first, second = (_values_of("engine", said) or NOT_KEPT for said in (said_old, said_new))
        return [Difference("made by", first, second)] if said_old or said_new else []
    before, after = by_window(old), by_window(new)
    shared = [(before[place].made_by, after[place].made_by) for place in before.keys() & after.keys()]
    names = dict.fromkeys([*MACHINE, *sorted(name for name, _ in said_old | said_new)])
    found = []
    for name in names:
        count = sum(one.get(name) != other.get(name) for one, other in shared)
        first, second = _values_of(name, said_old), _values_of(name, said_new)
        if count or first != second:
            found.append(Difference(name, first, second, count))
    return found


def _values_of(name: str, said: Iterable[tuple[str, str]]) -> str:
    return ", ".join(sorted(value for fact, value in said if fact == name))


def settings_differences(old: Origin, new: Origin) -> list[Difference]:
    """What is known of the settings on both sides. A recorded session does not say: an override does, in its place."""
    before = dict(old.settings or {})
    after = dict(new.settings or {})
    if not old.settings:
        before = {name: value for name, value in (new.overrides or {}).items()}
        after = {name: value for name, value in after.items() if name in before}
    if not new.settings:
        after = {name: value for name, value in (old.overrides or {}).items()}
        before = {name: value for name, value in before.items() if name in after}
    names = [name for name in before if before[name] != after.get(name, before[name])]
    return [Difference(name, before[name], after[name]) for name in names]


def decoding_differences(old: Sequence[Row], new: Sequence[Row]) -> list[Difference]:
    """Facts of decoding that differ in windows which both sides cut alike."""
    counts: Counter[tuple[str, str, str]] = Counter()
    before, after = by_window(old), by_window(new)
    for place in before.keys() & after.keys():
        first, second = before[place].decoding, after[place].decoding
        counts.update((name, first[name], second[name]) for name in FIELDS if first[name] != second[name])
    order = {name: number for number, name in enumerate(FIELDS)}
    ranked = sorted(counts.items(), key=lambda item: (order[item[0][0]], -item[1], item[0]))
    return [Difference(name, first, second, count) for (name, first, second), count in ranked]


def by_window(rows: Iterable[Row]) -> dict[str, Row]:
    """One row of each window, by the window's name without its session."""
    return {place_of(row.window_id): row for row in rows}


def place_of(window_id: str) -> str:
    """A window's name without its session: `C01/48000`."""
    return window_id.partition("/")[2]
