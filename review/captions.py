"""Segments of one channel as captions and annotations: SRT, WebVTT, Praat TextGrid, plain text. Pure."""

from collections.abc import Iterable, Sequence

from review.rows import Row

LEAST_S = 0.01


def srt(rows: Sequence[Row]) -> str:
    """SubRip: numbered, times with a comma."""
    cues = [
        f"{number}\n{_time(start, ',')} --> {_time(end, ',')}\n{_one_line(row.text)}\n"
        for number, (row, start, end) in enumerate(_spans(rows), 1)
    ]
    return "\n".join(cues)


def vtt(rows: Sequence[Row]) -> str:
    """WebVTT; every cue is named by its segment."""
    cues = [
        f"{row.segment_id}\n{_time(start, '.')} --> {_time(end, '.')}\n{_escaped(_one_line(row.text))}\n"
        for row, start, end in _spans(rows)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def textgrid(rows: Sequence[Row]) -> str:
    """Praat TextGrid (long form, UTF-8) with two tiers: segments, and words as they were heard."""
    segments = [(start, end, row.text) for row, start, end in _spans(rows)]
    words = _without_overlap(
        [
            (word.start_sample / 16_000, word.end_sample / 16_000, word.text)
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


CAPTIONS = {"srt": srt, "vtt": vtt, "textgrid": textgrid, "txt": text}
SUFFIXES = {"textgrid": "TextGrid"}


def _spans(rows: Sequence[Row]) -> list[tuple[Row, float, float]]:
    """Each row with its start and end in seconds; no two share time, and none is empty."""
    ordered = sorted(rows, key=lambda row: (row.start_sample, row.end_sample))
    times = _without_overlap([(row.start_s, row.end_s, "") for row in ordered])
    return [(row, start, end) for row, (start, end, _) in zip(ordered, times, strict=True)]


def _without_overlap(spans: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
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


def _time(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"


def _one_line(text_: str) -> str:
    return " ".join(text_.split())


def _escaped(text_: str) -> str:
    return text_.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
