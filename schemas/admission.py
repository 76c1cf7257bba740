"""Which events are let in: what Avro cannot say of their values.

A record that decodes may still hold what no stage makes: a name that leads out of a folder, a time that no table can
hold, a text without end. Whoever reads a topic asks `admit`; a record that it refuses is a dead letter.
"""

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import TypeVar

from schemas.audio import SAMPLE_RATE_HZ
from schemas.codec import SUBJECTS, decode
from schemas.errors import BadRecord, TooLarge
from schemas.events import (
    AudioFrame,
    AudioSpan,
    Correction,
    Decoding,
    Event,
    GlossaryPush,
    GlossaryTerm,
    Library,
    Provenance,
    SampleSpan,
    Segment,
    SpeechWindow,
    Transcript,
    Word,
)
from schemas.topics import (
    CHANNELS,
    SEGMENTS,
    SEGMENTS_INTERIM,
    TRANSCRIPTS,
    TRANSCRIPTS_INTERIM,
    WINDOWS,
    WINDOWS_INTERIM,
)

NAME_CHARACTERS = 200
TEXT_CHARACTERS = 10_000
"""Of one window: Whisper writes at most 448 tokens."""
MOST_WORDS = 1_000
MOST_ALIASES = 1_000
MOST_LIBRARIES = 100
MOST_PRIORITY = 1_000
MAX_SAMPLE = 2**50
LONGEST_SAMPLES = 30 * SAMPLE_RATE_HZ  # what Whisper takes
EARLIEST_US = 946_684_800_000_000  # 2000-01-01
LATEST_US = 4_102_444_800_000_000  # 2100-01-01
INT32 = 2**31
MOST_BYTES: dict[type, int] = {Transcript: 250_000, Segment: 900_000, GlossaryTerm: 900_000}
"""What an event within the limits above takes at most: more is not even decoded, which may take seconds."""
SHOWN_CHARACTERS = 100

FINALS = (WINDOWS.name, TRANSCRIPTS.name, SEGMENTS.name)
INTERIMS = (WINDOWS_INTERIM.name, TRANSCRIPTS_INTERIM.name, SEGMENTS_INTERIM.name)

E = TypeVar("E", bound=Event)


def admit(kind: type[E], data: bytes | None, topic: str) -> E:
    """The event in a record of `topic`. Raises BadRecord, naming the first fault, for one to keep out."""
    most = MOST_BYTES.get(kind)
    if most is not None and data is not None and len(data) > most:
        raise TooLarge(f"{SUBJECTS[kind]}: {len(data)} bytes are more than {most}")
    event = decode(kind, data)
    for fault in _faults(event, topic):
        if fault:
            raise BadRecord(f"{SUBJECTS[kind]}: {fault}")
    return event


def admit_term(key: bytes | None, data: bytes | None, topic: str) -> GlossaryTerm:
    """The same for a term, whose key must name it: else its tombstone would not find it."""
    term = admit(GlossaryTerm, data, topic)
    if key != term.term.encode():
        raise BadRecord(f"glossary_term: {_shown(term.term)} under the key {(key or b'')[:SHOWN_CHARACTERS]!r}")
    return term


def admit_push(data: bytes | None, topic: str) -> GlossaryPush:
    """The same for the mark of a push."""
    return admit(GlossaryPush, data, topic)


def name_fault(name: str, what: str) -> str:
    """Why a session must not be called so, or an empty string: it becomes keys, folders and lines of a terminal."""
    if not name or len(name) > NAME_CHARACTERS or "/" in name:
        return f"{what} {_shown(name)} is empty, too long or holds a slash"
    if not name.isprintable() or not name.strip("."):
        return f"{what} {_shown(name)} holds what cannot be seen, or dots only"
    return ""


def channel_fault(channel_id: str) -> str:
    """Why this is no channel, or an empty string."""
    if channel_id in CHANNELS:
        return ""
    return f"channel_id {_shown(channel_id)} is none of {CHANNELS[0]} to {CHANNELS[-1]}"


def _faults(event: Event, topic: str) -> Iterator[str]:
    if isinstance(event, GlossaryTerm):
        yield from _term_faults(event)
    elif isinstance(event, GlossaryPush):
        yield _label_fault(push_id=event.push_id, version=event.version)
        yield _count_fault(terms=event.terms)
        yield _time_fault(pushed_at=event.pushed_at)
    elif isinstance(event, AudioFrame):
        yield name_fault(event.session_id, "session_id")
        yield channel_fault(event.channel_id)
    elif isinstance(event, SpeechWindow | Transcript | Segment):
        yield name_fault(event.session_id, "session_id")
        yield channel_fault(event.channel_id)
        yield _lane_fault(event.final, topic)
        yield from _names_faults(event)
        yield _count_fault(revision=event.revision)
        yield _span_fault(event.audio)
        if isinstance(event, SpeechWindow):
            yield from _window_faults(event)
        elif isinstance(event, Transcript):
            yield from _transcript_faults(event)
        else:
            yield from _segment_faults(event)


def _lane_fault(final: bool, topic: str) -> str:
    if topic in FINALS and not final:
        return "an interim on the topic of the finals"
    if topic in INTERIMS and final:
        return "a final on the topic of the interims"
    return ""


def _names_faults(event: SpeechWindow | Transcript | Segment) -> Iterator[str]:
    """Equal ids count as one everywhere, so no event may bear an id of another stream's."""
    stream = f"{event.session_id}/{event.channel_id}"
    if isinstance(event, Segment):
        yield _below(stream, event.window_id, "window_id")
        yield _below(event.window_id, event.segment_id, "segment_id")
    elif event.window_id != f"{stream}/{event.own_from}":
        yield f"window_id {_shown(event.window_id)} is not {_shown(f'{stream}/{event.own_from}')}"
    yield _below(stream, event.utterance_id, "utterance_id")


def _below(stem: str, name: str, what: str) -> str:
    rest = name.removeprefix(f"{stem}/")
    return "" if rest != name and rest.isdecimal() and len(rest) < NAME_CHARACTERS else f"{what} {_shown(name)}"


def _window_faults(window: SpeechWindow) -> Iterator[str]:
    yield _sample_fault(first_sample=window.first_sample, own_from=window.own_from, own_to=window.own_to)
    yield _sample_fault(speech_to=window.speech_to, voiced_samples=window.voiced_samples)
    yield _time_fault(captured_at=window.captured_at)
    yield from _spans_faults(window.voiced, window.first_sample)
    yield from _libraries_faults(window.libraries)


def _transcript_faults(transcript: Transcript) -> Iterator[str]:
    yield _sample_fault(own_from=transcript.own_from, own_to=transcript.own_to, speech_to=transcript.speech_to)
    if not transcript.own_from <= transcript.own_to <= transcript.own_from + LONGEST_SAMPLES:
        yield f"owns samples {transcript.own_from}–{transcript.own_to}"
    if abs(transcript.speech_to - transcript.own_from) > 2 * LONGEST_SAMPLES:
        yield f"speech to sample {transcript.speech_to} in a window from {transcript.own_from}"
    yield _time_fault(captured_at=transcript.captured_at, windowed_at=transcript.windowed_at)
    yield _text_fault(text=transcript.text)
    yield _label_fault(language=transcript.language, rejected=transcript.rejected)
    yield from _word_faults(transcript.words, transcript.own_from)
    yield from _spans_faults(transcript.uncovered, transcript.own_from)
    yield from _decoding_faults(transcript.decoding)


def _segment_faults(segment: Segment) -> Iterator[str]:
    yield _sample_fault(start_sample=segment.start_sample, end_sample=segment.end_sample)
    yield _time_fault(captured_at=segment.captured_at, speech_ended_at=segment.speech_ended_at)
    yield _time_fault(windowed_at=segment.windowed_at, transcribed_at=segment.transcribed_at)
    yield _text_fault(text=segment.text, text_raw=segment.text_raw)
    yield _label_fault(language=segment.language, glossary_version=segment.glossary_version)
    yield from _word_faults(segment.words, segment.start_sample)
    yield from _spans_faults(segment.uncovered, segment.start_sample)
    yield from _libraries_faults(segment.libraries)
    yield from _correction_faults(segment.corrections)
    yield from _decoding_faults(segment.decoding)


def _term_faults(term: GlossaryTerm) -> Iterator[str]:
    if len(term.aliases) > MOST_ALIASES:
        yield f"{len(term.aliases)} aliases are more than {MOST_ALIASES}"
    for text in (term.term, *term.aliases):
        if not text.strip() or len(text) > NAME_CHARACTERS or not text.isprintable():
            yield f"{_shown(text)} is empty, too long or holds what cannot be seen"
    yield _label_fault(language=term.language, category=term.category)
    yield _count_fault(corrected=term.corrected)
    if abs(term.priority) > MOST_PRIORITY:
        yield f"priority {term.priority} is out of range"


def _word_faults(words: tuple[Word, ...], near_sample: int) -> Iterator[str]:
    if len(words) > MOST_WORDS or sum(len(word.text) for word in words) > 2 * TEXT_CHARACTERS:
        yield f"{len(words)} words are more than a window can hold"
    for word in words:
        if not isfinite(word.probability):
            yield f"a probability of {word.probability}"
        for sample in (word.start_sample, word.end_sample):
            if sample < 0 or abs(sample - near_sample) > 2 * LONGEST_SAMPLES:
                yield f"a word at sample {sample}, far from {near_sample}"


def _correction_faults(corrections: tuple[Correction, ...]) -> Iterator[str]:
    if len(corrections) > MOST_WORDS:
        yield f"{len(corrections)} corrections are more than a segment can hold"
    for made in corrections:
        yield _count_fault(start=made.start, end=made.end)
        yield _label_fault(term=made.term, rule=made.rule)
        yield _text_fault(from_text=made.from_text, to_text=made.to_text)
        if not isfinite(made.score):
            yield f"a score of {made.score}"


def _spans_faults(spans: tuple[SampleSpan, ...], near_sample: int) -> Iterator[str]:
    if len(spans) > MOST_WORDS:
        yield f"{len(spans)} spans are more than a window can hold"
    for span in spans:
        if not 0 <= span.start_sample <= span.end_sample or abs(span.start_sample - near_sample) > 2 * LONGEST_SAMPLES:
            yield f"a span of samples {span.start_sample}–{span.end_sample}, near {near_sample}"
        elif span.end_sample - span.start_sample > 2 * LONGEST_SAMPLES:
            yield f"a span of {span.end_sample - span.start_sample} samples"


def _decoding_faults(decoding: Decoding) -> Iterator[str]:
    scores = (
        decoding.language_probability,
        decoding.avg_logprob,
        decoding.no_speech_prob,
        decoding.compression_ratio,
    )
    if not all(score is None or isfinite(score) for score in scores):
        yield f"scores {scores} are not all numbers"
    yield _count_fault(beam_size=decoding.beam_size or 0, context_frames=decoding.context_frames or 0)
    yield _label_fault(model=decoding.model, glossary_version=decoding.glossary_version)
    if len(decoding.hotwords) > MOST_WORDS:
        yield f"{len(decoding.hotwords)} hotwords are more than a prompt can hold"
    for hotword in decoding.hotwords:
        yield _label_fault(hotword=hotword)
    yield from _provenance_faults(decoding.provenance)


def _provenance_faults(made: Provenance) -> Iterator[str]:
    yield _label_fault(engine=made.engine, engine_version=made.engine_version, device=made.device)
    yield _label_fault(processor=made.processor, instruction_set=made.instruction_set)
    yield _label_fault(gemm_backend=made.gemm_backend, compute_type=made.compute_type)
    yield _count_fault(threads=made.threads)
    yield from _libraries_faults(made.libraries)


def _libraries_faults(libraries: tuple[Library, ...]) -> Iterator[str]:
    if len(libraries) > MOST_LIBRARIES:
        yield f"{len(libraries)} libraries are more than shape a text"
    for library in libraries:
        yield _label_fault(library=library.name, version=library.version)


def _span_fault(audio: AudioSpan) -> str:
    if not 0 <= audio.partition < INT32 or not all(-1 <= offset < 2**62 for offset in _offsets(audio)):
        return f"audio in partition {audio.partition} at {audio.first_offset}–{audio.last_offset}"
    return _label_fault(topic=audio.topic)


def _offsets(audio: AudioSpan) -> Iterable[int]:
    return audio.first_offset, audio.last_offset


def _sample_fault(**samples: int) -> str:
    return _first(f"{name} {value} is out of range" for name, value in samples.items() if not 0 <= value <= MAX_SAMPLE)


def _time_fault(**times: int) -> str:
    return _first(f"{name} {value} is no time in µs" for name, value in times.items() if not 0 <= value < LATEST_US)


def _count_fault(**counts: int) -> str:
    return _first(f"{name} {value} is out of range" for name, value in counts.items() if not 0 <= value < INT32)


def _text_fault(**texts: str) -> str:
    return _first(
        f"{name} of {len(text)} characters is longer than {TEXT_CHARACTERS}"
        for name, text in texts.items()
        if len(text) > TEXT_CHARACTERS
    )


def _label_fault(**labels: str) -> str:
    return _first(
        f"{name} {_shown(label)} is too long or holds what cannot be seen"
        for name, label in labels.items()
        if len(label) > NAME_CHARACTERS or not label.isprintable()
    )


def _first(faults: Iterator[str]) -> str:
    return next(faults, "")


def _shown(text: str) -> str:
    return repr(text[:SHOWN_CHARACTERS])
