"""Pieces set in lines of a width: as few as they need, and of those the most even. Pure."""

from collections.abc import Sequence

from rich.cells import cell_len

from review.captions.piece import Piece

CLAUSE_ENDS = tuple(".!?…,;:。！？，、；：")
_AFTER_CLAUSE = 0.05
"""So much of a full line's cost a break after a comma may be less even."""


def columns_of(pieces: Sequence[Piece]) -> int:
    """The width of the pieces in a line: a full-width letter counts as two, a combining one as none."""
    spaces = sum(piece.spaced for piece in pieces[1:])
    return spaces + sum(cell_len(piece.text) for piece in pieces)


def written(pieces: Sequence[Piece]) -> str:
    """The pieces in one line."""
    return "".join((" " if piece.spaced and number else "") + piece.text for number, piece in enumerate(pieces))


def lines_needed(pieces: Sequence[Piece], width: int) -> int:
    """How many lines of so many columns the pieces fill; a piece that is wider has a line of its own."""
    lines, used = 0, 0
    for piece in pieces:
        columns = cell_len(piece.text)
        if lines and used + piece.spaced + columns <= width:
            used += piece.spaced + columns
        else:
            lines, used = lines + 1, columns
    return lines


def balanced(pieces: Sequence[Piece], width: int) -> list[str]:
    """The pieces as lines: as few as they need, none wider than it must be, breaks rather behind a comma than not.

    Dynamic programming over the breaks by the squares of the lines' widths, as in paragraph setting.
    """
    wanted = lines_needed(pieces, width)
    best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {(0, 0): (0.0, ())}
    for end in range(1, len(pieces) + 1):
        for start in range(end - 1, -1, -1):
            columns = columns_of(pieces[start:end])
            if columns > width and end - start > 1:
                break
            cost = columns**2 - (_AFTER_CLAUSE * width**2 if pieces[end - 1].text.endswith(CLAUSE_ENDS) else 0)
            for line in range(1, wanted + 1):
                before = best.get((line - 1, start))
                if before is not None and (cost + before[0], ()) < best.get((line, end), (float("inf"), ())):
                    best[line, end] = (cost + before[0], (*before[1], end))
    ends = best[wanted, len(pieces)][1] if pieces else ()
    return [written(pieces[start:end]) for start, end in zip((0, *ends), ends, strict=False)]
