"""A comparison as facts (for JSON) and as text for a person."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from review.comparison import CUT, KINDS, Comparison, Cost, Group
from review.differences import Difference
from review.errors_counted import Errors
from review.rows import Row, SessionRows

MOST_SHOWN = 200


def facts_of(comparison: Comparison) -> dict[str, Any]:
    """Everything that a comparison found, as plain values."""
    old, new = comparison.costs
    return {
        "a": _side(comparison.old, old),
        "b": _side(comparison.new, new),
        "same": comparison.is_same,
        "total": _errors(comparison.total),
        "channels": {channel: _errors(errors) for channel, errors in comparison.channels.items()},
        "windows": {
            "same": comparison.windows.same,
            "only_a": comparison.windows.only_old,
            "only_b": comparison.windows.only_new,
        },
        "groups_compared": comparison.groups_compared,
        "machine": [_difference(item) for item in comparison.machine],
        "differences": [_difference(item) for item in comparison.differences],
        "changed": [_group(group) for group in comparison.groups],
        "corrections": [
            {
                "channel": item.channel_id,
                "start_s": round(item.start_s, 3),
                "only_in": item.made_by,
                "from": item.change.from_text,
                "to": item.change.to_text,
                "term": item.change.term,
                "rule": item.change.rule,
            }
            for item in comparison.corrections
        ],
    }


def lines_of(comparison: Comparison) -> Iterator[RenderableType]:
    """The comparison for a terminal."""
    yield _verdict(comparison)
    if comparison.machine or comparison.differences:
        yield _differences(comparison)
    yield _error_table(comparison)
    yield _cost_table(comparison)
    for group in comparison.groups[:MOST_SHOWN]:
        yield from _group_lines(group)
    if len(comparison.groups) > MOST_SHOWN:
        yield Text(f"… and {len(comparison.groups) - MOST_SHOWN} more; --json and --html have them all", style="dim")
    if comparison.corrections:
        yield _correction_table(comparison)


def verdict_of(comparison: Comparison) -> str:
    """What a comparison comes to, in a line.

    Before it one for a side that is half a replay, and one where the sides were not decoded by and on the same.
    """
    return "\n".join([*half_replays(comparison), *other_machine(comparison), _found(comparison)])


def half_replays(comparison: Comparison) -> list[str]:
    """A line for each side that does not hold all of what it is a replay of."""
    return [
        f"{side} {session.session_id} is half a replay of {session.origin.of_session}: it was cut off, or is not "
        "finished yet; what it lacks is counted as a difference"
        for side, session in (("A", comparison.old), ("B", comparison.new))
        if not session.origin.whole
    ]


def other_machine(comparison: Comparison) -> list[str]:
    """A line if engine, processor, instruction set or versions differ: equal sound may read otherwise for that."""
    if not comparison.machine:
        return []
    parts = [f"{item.name} {item.old or 'none'} → {item.new or 'none'}" for item in comparison.machine]
    return [f"not decoded alike: {'; '.join(parts)}. Equal sound may read otherwise for that alone"]


def _found(comparison: Comparison) -> str:
    count = comparison.groups_compared
    if not comparison.groups:
        return f"the same: {count} of {count} places have equal text and times"
    kinds = [group.kind for group in comparison.groups]
    parts = [f"{kinds.count(kind)} {name}" for kind, name in KINDS.items() if kind in kinds]
    return f"{len(kinds)} of {count} places differ: {', '.join(parts)}"


def clip_command(row: Row) -> str:
    """The command that plays this segment's sound into a file."""
    return f"earshot clip {row.segment_id} -o {row.segment_id.replace('/', '-')}.wav"


def place_of_sound(row: Row) -> str:
    """Where the sound of a segment lies: `topic[partition]@first–last`."""
    if row.audio is None:
        return "not in the log"
    return f"{row.audio.topic}[{row.audio.partition}]@{row.audio.first_offset}–{row.audio.end_offset - 1}"


def clock(seconds: float) -> str:
    """`1:02:03.4`."""
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes // 60}:{minutes % 60:02d}:{tenths // 10:02d}.{tenths % 10}"


def _side(session: SessionRows, cost: Cost) -> dict[str, Any]:
    return {
        "session": session.session_id,
        "replay_of": session.origin.of_session,
        "whole": session.origin.whole,
        "segments": cost.segments,
        "windows": cost.windows,
        "words": cost.words,
        "speech_s": cost.speech_s,
        "encoder_s": cost.encoder_s,
        "beam_encoder_s": cost.beam_encoder_s,
        "latency_ms": {step: {"p50": p50, "p95": p95} for step, (p50, p95) in (session.latency or {}).items()} or None,
    }


def _difference(item: Difference) -> dict[str, Any]:
    return {"name": item.name, "a": item.old, "b": item.new, "windows": item.count}


def _errors(errors: Errors) -> dict[str, Any]:
    return {
        "wer": round(errors.wer, 6),
        "cer": round(errors.cer, 6),
        "word_edits": errors.word_edits,
        "words": errors.words,
        "character_edits": errors.character_edits,
        "characters": errors.characters,
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "channel": group.channel_id,
        "start_s": round(group.start_s, 3),
        "end_s": round(group.end_s, 3),
        "a": group.old_text,
        "b": group.new_text,
        "segments_a": [_segment(row) for row in group.old],
        "segments_b": [_segment(row) for row in group.new],
    }


def _segment(row: Row) -> dict[str, Any]:
    return {
        "segment_id": row.segment_id,
        "start_s": round(row.start_s, 3),
        "end_s": round(row.end_s, 3),
        "text": row.text,
        "text_raw": row.text_raw,
        "audio": place_of_sound(row),
        "clip": clip_command(row),
    }


def _verdict(comparison: Comparison) -> Text:
    style = "bold green" if comparison.is_same else "bold yellow"
    return Text.assemble(
        ("A ", "bold"), comparison.old.session_id, ("  B ", "bold"), comparison.new.session_id, "\n",
        (verdict_of(comparison), style),
    )  # fmt: skip


def _differences(comparison: Comparison) -> Table:
    table = Table(title="what was done otherwise", title_justify="left")
    for name in ("setting", "A", "B", "windows"):
        table.add_column(name, justify="right" if name == "windows" else "left")
    for item in (*comparison.machine, *comparison.differences):
        table.add_row(item.name, item.old or "none", item.new or "none", str(item.count or ""))
    return table


def _error_table(comparison: Comparison) -> Table:
    table = Table(title="errors of B against A", title_justify="left")
    for name in ("channel", "CER", "WER", "characters", "words"):
        table.add_column(name, justify="left" if name == "channel" else "right")
    rows = {**comparison.channels, "all": comparison.total}
    for channel, errors in rows.items():
        characters = f"{errors.character_edits} of {errors.characters}"
        words = f"{errors.word_edits} of {errors.words}"
        table.add_row(channel, f"{errors.cer:.2%}", f"{errors.wer:.2%}", characters, words)
    return table


def _cost_table(comparison: Comparison) -> Table:
    table = Table(title="cost and latency", title_justify="left")
    for name in ("", "A", "B"):
        table.add_column(name, justify="left" if not name else "right")
    for name, old, new in cost_lines(comparison):
        table.add_row(name, old, new)
    return table


def cost_lines(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Name, value of A, value of B."""
    a, b = comparison.costs
    windows = comparison.windows
    lines = [
        ("segments", str(a.segments), str(b.segments)),
        ("windows with text", str(a.windows), str(b.windows)),
        ("… only here", str(windows.only_old), str(windows.only_new)),
        ("words", str(a.words), str(b.words)),
        ("speech", f"{a.speech_s:.1f} s", f"{b.speech_s:.1f} s"),
        ("encoder input", f"{a.encoder_s:.1f} s", f"{b.encoder_s:.1f} s"),
        ("… times beams", f"{a.beam_encoder_s:.1f} s", f"{b.beam_encoder_s:.1f} s"),
    ]
    steps = {**(comparison.old.latency or {}), **(comparison.new.latency or {})}
    for step in steps:
        lines.append((f"latency, {step}: p50, p95", _latency(comparison.old, step), _latency(comparison.new, step)))
    return lines


def _latency(session: SessionRows, step: str) -> str:
    if session.latency is None:
        return "not live"
    p50, p95 = session.latency[step]
    return f"{p50:.0f}, {p95:.0f} ms"


def _group_lines(group: Group) -> Iterator[Text]:
    yield Text.assemble(
        "\n", (f"{group.channel_id} {clock(group.start_s)}–{clock(group.end_s)}", "cyan"), f"  {KINDS[group.kind]}"
    )
    if group.kind == CUT:
        yield Text(f"  = {group.old_text}", style="dim")
    else:
        yield Text.assemble(("  A ", "red"), group.old_text or "—")
        yield Text.assemble(("  B ", "green"), group.new_text or "—")
    row = (group.new or group.old)[0]
    yield Text(f"  {place_of_sound(row)}   {clip_command(row)}", style="dim")


def _correction_table(comparison: Comparison) -> Table:
    table = Table(title="corrections that only one side made", title_justify="left")
    for name in ("only in", "where", "from", "to", "term", "rule"):
        table.add_column(name)
    for item in comparison.corrections:
        change = item.change
        where = f"{item.channel_id} {clock(item.start_s)}"
        table.add_row(item.made_by, where, change.from_text, change.to_text, change.term, change.rule)
    return table
