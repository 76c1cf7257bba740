"""Segments as annotations: Praat TextGrid, plain text. Pure."""

from collections.abc import Iterable, Sequence
from unicodedata import normalize

from review.rows import Row
from schemas.audio import SAMPLE_RATE_HZ

LEAST_S = 0.01

Span = tuple[float, float, str]
"""Start and end in seconds, and a text."""


def textgrid(rows: Sequence[Row]) -> str:
    """Praat TextGrid (long form, UTF-8) with two tiers: segments, and words as they were heard."""
    ordered = sorted(rows, key=lambda row: (row.start_sample, row.end_sample))
    segments = _without_overlap([(row.start_s, row.end_s, row.text) for row in ordered])
    words = _without_overlap(
        [
            (word.start_sample / SAMPLE_RATE_HZ, word.end_sample / SAMPLE_RATE_HZ, word.text)
            for row in rows
            for word in sorted(row.words, key=lambda word: word.start_sample)
        ]
    )
    end_s = max([end for _, end, _ in (*segments, *words)], default=LEAST_S)
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    head += f"xmin = 0\nxmax = {end_s:.6f}\ntiers? <exists>\nsize = 2\n"
    return f"{head}item []:\n{_tier(1, 'segments', segments, end_s)}{_tier(2, 'words', words, end_s)}"


def text(rows: Iterable[Row]) -> str:
    """One segment a line."""
    return "".join(f"{_one_line(row.text)}\n" for row in rows)


def _without_overlap(spans: list[Span]) -> list[Span]:
    """The spans in order, each pushed behind the one before it where they overlap."""
    apart = []
    behind = 0.0
    for wanted, end, text_ in spans:
        start = max(wanted, behind)
        behind = max(end, start + LEAST_S)
        apart.append((start, behind, text_))
    return apart


def _tier(number: int, name: str, spans: list[tuple[float, float, str]], end_s: float) -> str:
    intervals = []
    at = 0.0
    for start, end, text_ in spans:
        if start - at > 1e-9:
            intervals.append((at, start, ""))
        intervals.append((start, end, text_))
        at = end
    if end_s - at > 1e-9 or not intervals:
        intervals.append((at, end_s, ""))
    lines = [
        f"    item [{number}]:",
        '        class = "IntervalTier"',
        f'        name = "{name}"',
        "        xmin = 0",
        f"        xmax = {end_s:.6f}",
        f"        intervals: size = {len(intervals)}",
    ]
    for place, (start, end, text_) in enumerate(intervals, 1):
        quoted = _one_line(text_).replace('"', '""')
        lines += [
            f"        intervals [{place}]:",
            f"            xmin = {start:.6f}",
            f"            xmax = {end:.6f}",
            f'            text = "{quoted}"',
        ]
    return "\n".join(lines) + "\n"


def _one_line(text_: str) -> str:
    return " ".join(normalize("NFC", text_).split())
