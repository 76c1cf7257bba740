"""Segments of a transcript: its pieces, corrected, with their times by sample arithmetic."""

from bisect import bisect_right
from collections.abc import Sequence

from processors.glossary.corrector import Corrector
from processors.glossary.sentences import Sentence, SentenceLimits, sentences_of, sure_spans
from schemas.audio import captured_at_of
from schemas.events import SampleSpan, Segment, Transcript


def segments_of(
    transcript: Transcript, transcribed_at: int, corrector: Corrector, limits: SentenceLimits
) -> list[Segment]:
    """The transcript's segments in order. Equal input gives equal segments.

    Without text there are none; but a final in whose window somebody spoke gives one without text, which marks where.
    `transcribed_at` is the UTC µs of the transcript's Kafka record.
    """
    sentences = sentences_of(transcript, limits) or _mark(transcript)
    uncovered = _shared_out(transcript.uncovered, sentences)
    segments = []
    for index, sentence in enumerate(sentences):
        corrected = corrector.correct(sentence.text, transcript.language, sure_spans(sentence))
        segments.append(
            Segment(
                session_id=transcript.session_id,
                channel_id=transcript.channel_id,
                segment_id=f"{transcript.window_id}/{index}",
                window_id=transcript.window_id,
                utterance_id=transcript.utterance_id,
                utterance_end=transcript.utterance_end and index == len(sentences) - 1,
                final=transcript.final,
                revision=transcript.revision,
                start_sample=sentence.start_sample,
                end_sample=sentence.end_sample,
                language=transcript.language,
                text=corrected.text,
                text_raw=sentence.text,
                words=sentence.words,
                corrections=corrected.corrections,
                glossary_version=corrector.version,
                decoding=transcript.decoding,
                captured_at=_captured_at(transcript, sentence.start_sample),
                speech_ended_at=_captured_at(transcript, transcript.speech_to),
                windowed_at=transcript.windowed_at,
                transcribed_at=transcribed_at,
                audio=transcript.audio,
                uncovered=uncovered[index],
                libraries=corrector.libraries,
            )
        )
    return segments


def _mark(transcript: Transcript) -> list[Sentence]:
    if not transcript.final or not transcript.uncovered:
        return []
    return [Sentence("", (), transcript.uncovered[0].start_sample, transcript.uncovered[-1].end_sample)]


def _shared_out(spans: Sequence[SampleSpan], sentences: Sequence[Sentence]) -> list[tuple[SampleSpan, ...]]:
    """Speech without words goes to the last sentence that begins before it, or to the first one."""
    shares: list[list[SampleSpan]] = [[] for _ in sentences]
    starts = [sentence.start_sample for sentence in sentences]
    for span in spans if sentences else ():
        shares[max(0, bisect_right(starts, span.start_sample) - 1)].append(span)
    return [tuple(share) for share in shares]


def _captured_at(transcript: Transcript, sample: int) -> int:
    return captured_at_of(sample, transcript.own_from, transcript.captured_at)
