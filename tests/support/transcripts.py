"""Transcripts and segments to feed the stages behind the transcriber with."""

from collections.abc import Sequence
from dataclasses import replace

from schemas.events import AudioSpan, Decoding, Segment, Transcript, Word

DECODING = Decoding(
    model="demo",
    language_probability=0.9,
    avg_logprob=-0.2,
    no_speech_prob=0.01,
    compression_ratio=1.2,
    beam_size=5,
    context_frames=500,
    glossary_version="",
)
CAPTURED_AT = 1_760_000_000_000_000


def spoken(*words: str, start: int = 16_000, each: int = 8_000, gap: int = 800) -> tuple[Word, ...]:
    """Words of equal length one after the other, written as Whisper writes them (a space before each)."""
    return tuple(
        Word(f" {word}", start + at * (each + gap), start + at * (each + gap) + each, 0.9, False)
        for at, word in enumerate(words)
    )


def transcript(session_id: str, words: Sequence[Word], own_from: int = 16_000, **changes: object) -> Transcript:
    """A final English transcript of one window on C01; `changes` replace fields."""
    end = max((word.end_sample for word in words), default=own_from + 16_000)
    window_id = f"{session_id}/C01/{own_from}"
    made = Transcript(
        session_id=session_id,
        channel_id="C01",
        window_id=window_id,
        utterance_id=window_id,
        own_from=own_from,
        own_to=end + 1_600,
        speech_to=end,
        utterance_end=True,
        final=True,
        revision=0,
        language="en",
        text="".join(word.text for word in words).strip(),
        words=tuple(words),
        rejected="",
        decoding=DECODING,
        captured_at=CAPTURED_AT,
        windowed_at=CAPTURED_AT + 2_000_000,
        audio=AudioSpan("audio.pcm.C01", 0, 10, 60),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def segment(session_id: str, index: int = 0, text: str = "hold position", **changes: object) -> Segment:
    """A final segment on C01, one second long, `index` seconds into the stream; `changes` replace fields."""
    start = 16_000 * index
    window_id = f"{session_id}/C01/{start}"
    made = Segment(
        session_id=session_id,
        channel_id="C01",
        segment_id=f"{window_id}/0",
        window_id=window_id,
        utterance_id=window_id,
        utterance_end=True,
        final=True,
        revision=0,
        start_sample=start,
        end_sample=start + 16_000,
        language="en",
        text=text,
        text_raw=text,
        words=spoken(*text.split(), start=start, each=2_000),
        corrections=(),
        glossary_version="",
        decoding=DECODING,
        captured_at=CAPTURED_AT + index * 1_000_000,
        speech_ended_at=CAPTURED_AT + (index + 1) * 1_000_000,
        windowed_at=CAPTURED_AT + (index + 1) * 1_000_000 + 600_000,
        transcribed_at=CAPTURED_AT + (index + 1) * 1_000_000 + 800_000,
        audio=AudioSpan("audio.pcm.C01", 0, 10 * index, 10 * index + 9),
    )
    return replace(made, **changes)  # type: ignore[arg-type]
