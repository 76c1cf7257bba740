"""The formats of text for one channel, by name. Pure."""

from collections.abc import Sequence

from review.captions.annotation import text, textgrid
from review.captions.cue import CueShape
from review.captions.subtitles import srt, vtt
from review.rows import Row

CAPTIONS = {"srt": srt, "vtt": vtt}
"""What is shown on a screen and has a shape."""
ANNOTATIONS = {"textgrid": textgrid, "txt": text}
TEXTS = (*CAPTIONS, *ANNOTATIONS)
SUFFIXES = {"textgrid": "TextGrid"}


def written(kind: str, rows: Sequence[Row], shape: CueShape) -> str:
    """The rows in this format."""
    return CAPTIONS[kind](rows, shape) if kind in CAPTIONS else ANNOTATIONS[kind](rows)
