"""Sessions of rows for tests of the comparison."""

from review.rows import Change, Origin, Row, RowWord, SessionRows
from review.spans import Span

DECODING = {
    "model": "demo",
    "beam_size": "5",
    "context_frames": "500",
    "hotwords_version": "",
    "glossary_version": "g1",
}


def row(text: str, start_s: float, end_s: float, *, session: str = "a", channel: str = "C01", **changes: object) -> Row:
    """A segment that is alone in its window; `changes` replace fields, or facts of decoding."""
    start, end = round(start_s * 16_000), round(end_s * 16_000)
    window = str(changes.pop("window", start))
    corrections = tuple(Change(*change) for change in changes.pop("corrections", ()))
    raw = str(changes.pop("text_raw", text))
    words = text.split()
    each = (end - start) // max(1, len(words))
    spoken = tuple(RowWord(word, start + at * each, start + (at + 1) * each) for at, word in enumerate(words))
    return Row(
        channel_id=channel,
        segment_id=f"{session}/{channel}/{window}/{changes.pop('index', 0)}",
        window_id=f"{session}/{channel}/{window}",
        start_sample=start,
        end_sample=end,
        language="en",
        text=text,
        text_raw=raw,
        words=spoken,
        corrections=corrections,
        made_by=dict(changes.pop("made_by", {})),
        decoding={**DECODING, **changes},
        audio=Span(f"audio.pcm.{channel}", 0, 10, 20),
    )


def session(*rows: Row, name: str = "a", origin: Origin | None = None) -> SessionRows:
    """A session of these rows."""
    return SessionRows(name, rows, origin or Origin())
