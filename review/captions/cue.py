"""Rows cut into captions that can be read: so wide, so many lines, so long. Pure.

The defaults are broadcast practice as streaming services publish it: 42 columns by 2 lines (16 full-width letters in
Korean, Japanese and Chinese, where Latin letters, spaces and marks count as half), at most 7 s and at least 5/6 s on
the screen, two frames between two captions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from review.captions.lines import balanced, columns_of, lines_needed
from review.captions.piece import Piece, is_wide, pieces_of
from review.rows import Row

WIDTH, WIDE_WIDTH, LINES, CUE_S = 42, 16, 2, 7.0
WIDE_LANGUAGES = frozenset({"ko", "ja", "zh", "yue"})
LEAST_CUE_S = 5 / 6
GAP_S = 0.08
"""Two frames at 25 a second."""
LEAST_S = 0.01
PAUSE_S = 0.3
SENTENCE_ENDS = tuple(".!?…。！？")

_PER_CUE = 1.0
_UNEVEN = 0.5
_IN_CLAUSE, _AFTER_COMMA, _AFTER_PAUSE = 0.6, 0.2, 0.1


@dataclass(frozen=True, slots=True)
class CueShape:
    """What a caption may be."""

    width: int | None = None
    """Letters of a line, full-width ones in Korean, Japanese and Chinese; None for 42 there and 16 here."""
    lines: int = LINES
    cue_s: float = CUE_S

    def columns(self, row: Row) -> int:
        """Columns of a line: a full-width letter takes two."""
        return 2 * (self.width or WIDE_WIDTH) if _is_wide(row) else self.width or WIDTH


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption."""

    name: str
    """The segment's id; with `#2` and so on where it is not the segment's only one."""
    lines: tuple[str, ...]
    start_s: float
    end_s: float


def cues_of(rows: Sequence[Row], shape: CueShape) -> list[Cue]:
    """The captions of a channel, in order of time; no two share any, and a long segment is several."""
    ordered = sorted(rows, key=lambda row: (row.start_sample, row.end_sample))
    return _apart([cue for row in ordered for cue in _of_row(row, shape)], shape.cue_s)


def _of_row(row: Row, shape: CueShape) -> list[Cue]:
    width = shape.columns(row)
    parts = _cut(pieces_of(row), width, shape)
    return [
        Cue(
            row.segment_id if len(parts) == 1 else f"{row.segment_id}#{number}",
            tuple(balanced(part, width)),
            part[0].start_s,
            part[-1].end_s,
        )
        for number, part in enumerate(parts, 1)
    ]


def _cut(pieces: Sequence[Piece], width: int, shape: CueShape) -> list[Sequence[Piece]]:
    """The pieces in captions: few, evenly filled, cut rather at the end of a sentence, at a comma or in a pause.

    Dynamic programming over the cuts. A piece that is too wide or too long alone is a caption of its own.
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(pieces) + 1):
        options = []
        for start in range(end - 1, -1, -1):
            part = pieces[start:end]
            if len(part) > 1 and not _fits(part, width, shape):
                break
            empty = max(0.0, 1 - columns_of(part) / (width * shape.lines))
            options.append((best[start][0] + _PER_CUE + _UNEVEN * empty**2 + _price_of_cut(pieces, end), start))
        best.append(min(options))
    parts: list[Sequence[Piece]] = []
    end = len(pieces)
    while end:
        start = best[end][1]
        parts.append(pieces[start:end])
        end = start
    return parts[::-1]


def _fits(part: Sequence[Piece], width: int, shape: CueShape) -> bool:
    return part[-1].end_s - part[0].start_s <= shape.cue_s and lines_needed(part, width) <= shape.lines


def _price_of_cut(pieces: Sequence[Piece], at: int) -> float:
    if at == len(pieces) or pieces[at - 1].text.endswith(SENTENCE_ENDS):
        return 0.0
    if pieces[at].start_s - pieces[at - 1].end_s >= PAUSE_S:
        return _AFTER_PAUSE
    return _AFTER_COMMA if pieces[at - 1].text.endswith((",", ";", ":", "、", "，")) else _IN_CLAUSE


def _apart(cues: Sequence[Cue], longest_s: float) -> list[Cue]:
    """The captions in order: none shares time with the next, a short one stays longer where there is room.

    Two frames are left between two of them, out of the time of the earlier one, unless that has hardly any.
    """
    apart: list[Cue] = []
    behind = 0.0
    for number, cue in enumerate(cues):
        start = max(cue.start_s, behind)
        following = cues[number + 1].start_s if number + 1 < len(cues) else float("inf")
        end = max(cue.end_s, min(start + min(LEAST_CUE_S, longest_s), following - GAP_S))
        if end > following - GAP_S >= start + LEAST_CUE_S / 2:
            end = following - GAP_S
        end = max(min(end, following), start + LEAST_S)
        apart.append(replace(cue, start_s=start, end_s=end))
        behind = end
    return apart


def _is_wide(row: Row) -> bool:
    """Whether full-width letters are counted: by the language, or because most letters are."""
    letters = [letter for letter in row.text if not letter.isspace()]
    return row.language in WIDE_LANGUAGES or 2 * sum(map(is_wide, letters)) > len(letters)
