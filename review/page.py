"""A comparison as one HTML page that needs nothing else: no script, no font, no picture from anywhere."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape

from review.comparison import CUT, KINDS, Comparison, Group
from review.report import clip_command, clock, cost_lines, place_of_sound, verdict_of

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --gone: #d33; --came: #184; --soft: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin-bottom: .2rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { padding: .25rem .8rem; border-bottom: 1px solid var(--line); }
th { text-align: left; font-weight: 600; }
.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.verdict { font-size: 1.1rem; padding: .6rem .8rem; background: var(--soft); border-left: 4px solid var(--gone); }
.verdict.same { border-color: var(--came); }
.place { padding: .6rem 0; border-bottom: 1px solid var(--line); } .place p { margin: .15rem 0; }
.where { font-weight: 600; font-variant-numeric: tabular-nums; } .kind { margin-left: .8rem; opacity: .75; }
del { color: var(--gone); text-decoration: line-through; } ins { color: var(--came); text-decoration: underline; }
.side { display: inline-block; width: 1.5rem; font-weight: 600; }
.sound { font: 12px ui-monospace, monospace; opacity: .7; }
@media (prefers-color-scheme: dark) { :root { --gone: #f77; --came: #6d8; } }
@media (max-width: 40rem) { th, td { padding: .25rem .4rem; } .sound { overflow-wrap: anywhere; } }
"""


def page_of(comparison: Comparison) -> str:
    """The page."""
    old, new = escape(comparison.old.session_id), escape(comparison.new.session_id)
    same = " same" if comparison.is_same else ""
    parts = [
        f"<h1>{new} against {old}</h1>",
        f'<p class="verdict{same}">{escape(verdict_of(comparison))}</p>',
        _differences(comparison),
        _errors(comparison),
        _costs(comparison),
        _places(comparison),
        _corrections(comparison),
    ]
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{new} against {old}</title>'
    )
    top = f'<!doctype html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head>'
    return f"{top}\n<body>{''.join(parts)}</body></html>\n"


def marked(old: str, new: str) -> tuple[str, str]:
    """Both texts as HTML, with the words that only one of them has marked."""
    a, b = old.split(), new.split()
    left, right = [], []
    for tag, a_from, a_to, b_from, b_to in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        before, after = escape(" ".join(a[a_from:a_to])), escape(" ".join(b[b_from:b_to]))
        if tag == "equal":
            left.append(before)
            right.append(after)
            continue
        if before:
            left.append(f"<del>{before}</del>")
        if after:
            right.append(f"<ins>{after}</ins>")
    return " ".join(left), " ".join(right)


def _differences(comparison: Comparison) -> str:
    every = (*comparison.machine, *comparison.differences)
    if not every:
        return "<p>Nothing is known to have been done otherwise: same model, beams, glossary, machine and versions.</p>"
    rows = [(item.name, item.old or "none", item.new or "none", str(item.count or "")) for item in every]
    return "<h2>What was done otherwise</h2>" + _table(("setting", "A", "B", "windows"), rows, numbers={3})


def _errors(comparison: Comparison) -> str:
    rows = [
        (channel, f"{errors.cer:.2%}", f"{errors.wer:.2%}", f"{errors.character_edits} of {errors.characters}")
        for channel, errors in {**comparison.channels, "all": comparison.total}.items()
    ]
    return "<h2>Errors of B against A</h2>" + _table(("channel", "CER", "WER", "characters"), rows, numbers={1, 2, 3})


def _costs(comparison: Comparison) -> str:
    return "<h2>Cost and latency</h2>" + _table(("", "A", "B"), cost_lines(comparison), numbers={1, 2})


def _places(comparison: Comparison) -> str:
    if not comparison.groups:
        return ""
    return "<h2>Places that differ</h2>" + "".join(map(_place, comparison.groups))


def _place(group: Group) -> str:
    where = f"{group.channel_id} {clock(group.start_s)}–{clock(group.end_s)}"
    head = f'<p><span class="where">{where}</span><span class="kind">{KINDS[group.kind]}</span></p>'
    if group.kind == CUT:
        body = f"<p>{escape(group.old_text)}</p>"
    else:
        old, new = marked(group.old_text, group.new_text)
        body = f'<p><span class="side">A</span>{old or "—"}</p><p><span class="side">B</span>{new or "—"}</p>'
    row = (group.new or group.old)[0]
    sound = f"{escape(place_of_sound(row))} · {escape(clip_command(row))}"
    return f'<div class="place">{head}{body}<p class="sound">{sound}</p></div>'


def _corrections(comparison: Comparison) -> str:
    if not comparison.corrections:
        return ""
    rows = [
        (
            item.made_by,
            f"{item.channel_id} {clock(item.start_s)}",
            item.change.from_text,
            item.change.to_text,
            item.change.term,
            item.change.rule,
        )
        for item in comparison.corrections
    ]
    title = "<h2>Corrections that only one side made</h2>"
    return title + _table(("only in", "where", "from", "to", "term", "rule"), rows)


def _table(
    head: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: set[int] | frozenset[int] = frozenset()
) -> str:
    top = "".join(_cell(name, place in numbers, "th") for place, name in enumerate(head))
    body = "".join(
        f"<tr>{''.join(_cell(cell, place in numbers) for place, cell in enumerate(row))}</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str, is_number: bool, tag: str = "td") -> str:
    return f'<{tag} class="number">{escape(text)}</{tag}>' if is_number else f"<{tag}>{escape(text)}</{tag}>"
