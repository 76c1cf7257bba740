"""A window and what was heard of it → its transcript."""

from dataclasses import dataclass

from processors.transcriber.heard import Heard
from processors.transcriber.ownership import Owned
from processors.transcriber.provenance import with_libraries
from processors.transcriber.task import Task
from schemas.audio import captured_at_of
from schemas.events import Decoding, Library, Provenance, SampleSpan, Transcript

NO_WORDS = Owned((), "")


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What heard: the model, and what it runs by and on."""

    model: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found out about a text."""

    rejected: str = ""
    """Why it is withheld; empty where it is told."""
    uncovered: tuple[SampleSpan, ...] = ()
    """Speech in the owned span that no word covers."""


def transcript_of(task: Task, heard: Heard, owned: Owned, judgement: Judgement, made_by: MadeBy) -> Transcript:
    """The transcript; its text and words are empty where it was rejected, and its decoding still says how it went."""
    window = task.window
    told = NO_WORDS if judgement.rejected else owned
    return Transcript(
        session_id=window.session_id,
        channel_id=window.channel_id,
        window_id=window.window_id,
        utterance_id=window.utterance_id,
        own_from=window.own_from,
        own_to=window.own_to,
        speech_to=window.speech_to,
        utterance_end=window.utterance_end,
        final=window.final,
        revision=window.revision,
        language=heard.language,
        text=told.text,
        words=told.words,
        rejected=judgement.rejected,
        decoding=_decoding(heard, made_by, window.libraries),
        captured_at=captured_at_of(window.own_from, window.first_sample, window.captured_at),
        windowed_at=task.windowed_at,
        audio=window.audio,
        uncovered=judgement.uncovered,
    )


def _decoding(heard: Heard, made_by: MadeBy, window_libraries: tuple[Library, ...]) -> Decoding:
    return Decoding(
        model=made_by.model,
        language_probability=heard.language_probability,
        avg_logprob=heard.avg_logprob,
        no_speech_prob=heard.no_speech_prob,
        compression_ratio=heard.compression_ratio,
        beam_size=heard.beam_size,
        context_frames=heard.context,
        glossary_version=heard.glossary_version,
        hotwords=heard.hotwords,
        provenance=with_libraries(made_by.provenance, window_libraries),
    )
