"""Captions as SubRip and WebVTT. Pure."""

from collections.abc import Sequence

from review.captions.cue import CueShape, cues_of
from review.rows import Row


def srt(rows: Sequence[Row], shape: CueShape) -> str:
    """SubRip: numbered, times with a comma."""
    cues = [
        "\n".join([str(number), f"{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}", *cue.lines, ""])
        for number, cue in enumerate(cues_of(rows, shape), 1)
    ]
    return "\n".join(cues)


def vtt(rows: Sequence[Row], shape: CueShape) -> str:
    """WebVTT; every cue is named by its segment."""
    cues = [
        "\n".join([cue.name, f"{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}", *map(_escaped, cue.lines), ""])
        for cue in cues_of(rows, shape)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _time(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
