"""Every event that travels between stages. Field names and order equal those of the Avro files.

Positions are samples counted from the start of the stream; wall-clock times are UTC microseconds. No event holds
the time at which a stage worked: that is the Kafka timestamp of its record, so equal audio gives equal events.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """A run of PCM of one channel, as a producer publishes it (96 ms where the source allows)."""

    session_id: str
    channel_id: str
    first_sample: int
    sample_rate: int
    """Hertz; 16,000 on the topics of this pipeline."""
    captured_at: int
    """UTC µs at which the first sample was captured."""
    pcm: bytes
    """Signed 16-bit little-endian mono samples; empty only where `last` is set."""
    last: bool
    """True on the frame that ends the stream."""

    @property
    def is_void(self) -> bool:
        """Whether it is the end of a stream without sound; the claims of captures are such too, captured at no time."""
        return self.last and not self.pcm and not self.first_sample


@dataclass(frozen=True, slots=True)
class StreamMark:
    """That a stream exists, and how far it has got: written again and again while it is captured, kept for ever."""

    session_id: str
    channel_id: str
    next_sample: int
    """The sample after the latest that was sent when this was written; 0 where only the channel was taken."""
    captured_at: int
    """UTC µs of `next_sample`; 0 where only the channel was taken."""
    offset: int
    """Of a record in the channel's topic: what the stream sent after `next_sample` lies behind it."""
    ended: bool
    """Whether its last frame was sent."""


@dataclass(frozen=True, slots=True)
class AudioSpan:
    """Where the frames that a window was cut from lie in Kafka (both offsets inclusive)."""

    topic: str
    partition: int
    first_offset: int
    last_offset: int


@dataclass(frozen=True, slots=True)
class SampleSpan:
    """Samples of a stream: [start_sample, end_sample)."""

    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Library:
    """A library whose version may shape a result."""

    name: str
    """As its distribution is called: `ctranslate2`."""
    version: str


@dataclass(frozen=True, slots=True)
class SpeechWindow:
    """A stretch of speech for Whisper: it owns the samples [own_from, own_to) and carries context around them."""

    session_id: str
    channel_id: str
    window_id: str
    """`session/channel/own_from`: the same for an interim window and the final one that replaces it."""
    utterance_id: str
    """`session/channel/sample` of the utterance's first owned sample."""
    first_sample: int
    """Stream position of the first sample of `pcm` (context included)."""
    own_from: int
    own_to: int
    voiced_samples: int
    """Samples of the owned span that the VAD called speech."""
    speech_to: int
    """End of the last voiced chunk in the owned span: where latency is measured from."""
    utterance_end: bool
    """True where a confirmed silence (or the end of the stream) follows."""
    final: bool
    revision: int
    """0 for a final; interims of one window count up from 1."""
    sample_rate: int
    captured_at: int
    """UTC µs at which `first_sample` was captured."""
    pcm: bytes
    audio: AudioSpan
    voiced: tuple[SampleSpan, ...] = ()
    """Where in the owned span the VAD heard speech, in order; empty in windows from before version 2."""
    libraries: tuple[Library, ...] = ()
    """What shaped the window's borders, by name; empty in windows from before version 2."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its place in the stream."""

    text: str
    start_sample: int
    end_sample: int
    probability: float
    interpolated: bool
    """True where alignment failed and the times lie evenly between the neighbours'."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a text was decoded by and on: where two of these are equal, equal windows should give equal texts.

    Empty where it was not kept: in events from before version 2.
    """

    engine: str = ""
    """Name of what ran the model: `ctranslate2`."""
    engine_version: str = ""
    device: str = ""
    """`cpu` or `cuda`."""
    processor: str = ""
    """Maker and model of the CPU with the vector instructions it has, or the GPU's name."""
    instruction_set: str = ""
    """What the engine's own kernels use of it: `AVX2`."""
    gemm_backend: str = ""
    """The library that multiplies its matrices: `MKL`."""
    compute_type: str = ""
    """Of the weights and the sums: `int8_float32`."""
    threads: int = 0
    """Threads of one multiplication; 0 where the device decides."""
    libraries: tuple[Library, ...] = ()
    """By name: those that shaped the window and those that shaped its text."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a transcript came about: what a replay needs to compare. A score that the engine does not give is None."""

    model: str
    """Name, version and hash of the model."""
    language_probability: float | None
    avg_logprob: float | None
    no_speech_prob: float | None
    compression_ratio: float | None
    beam_size: int | None
    context_frames: int | None
    """Encoder input in mel frames: 3,000 is Whisper's full 30 s."""
    glossary_version: str
    """Version of the terms given as hotwords; empty without any."""
    hotwords: tuple[str, ...] = ()
    """The terms that were in the prompt, in its order."""
    provenance: Provenance = Provenance()


@dataclass(frozen=True, slots=True)
class Transcript:
    """What Whisper said of one window: only words whose middle the window owns."""

    session_id: str
    channel_id: str
    window_id: str
    utterance_id: str
    own_from: int
    own_to: int
    speech_to: int
    utterance_end: bool
    final: bool
    revision: int
    language: str
    """ISO 639-1 code; empty where nothing was decoded."""
    text: str
    words: tuple[Word, ...]
    rejected: str
    """Why the text was withheld (`too_short`, `no_speech`, `doubt`, `repetition`, `unvoiced`, `phrase`); empty where it
    was not."""
    decoding: Decoding
    captured_at: int
    """UTC µs at which `own_from` was captured."""
    windowed_at: int
    """UTC µs of the window's Kafka record."""
    audio: AudioSpan
    uncovered: tuple[SampleSpan, ...] = ()
    """Speech in the owned span that no word covers, in order."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One change that the glossary made, in words of `text_raw`."""

    from_text: str
    to_text: str
    term: str
    rule: str
    """`alias` or `fuzzy`."""
    score: float
    """0–100; 100 for an alias."""
    start: int
    """Offset of `from_text` in `text_raw`, in characters."""
    end: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One glossary-corrected, sentence-like piece: the row a user queries.

    One whose `text_raw` is empty only marks speech of which nothing was written.
    """

    session_id: str
    channel_id: str
    segment_id: str
    """`window_id/index`."""
    window_id: str
    utterance_id: str
    utterance_end: bool
    """True on the last segment of an utterance."""
    final: bool
    revision: int
    start_sample: int
    end_sample: int
    language: str
    text: str
    text_raw: str
    words: tuple[Word, ...]
    """The words as Whisper heard them (not corrected)."""
    corrections: tuple[Correction, ...]
    glossary_version: str
    decoding: Decoding
    captured_at: int
    """UTC µs at which `start_sample` was captured."""
    speech_ended_at: int
    """UTC µs at which the last voiced sample of the window was captured."""
    windowed_at: int
    transcribed_at: int
    """UTC µs of the transcript's Kafka record."""
    audio: AudioSpan
    uncovered: tuple[SampleSpan, ...] = ()
    """Speech of the transcript that no word covers, as far as it lies nearest to this segment of it."""
    libraries: tuple[Library, ...] = ()
    """What shaped the correction, by name; empty in segments from before version 2."""


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """One term of a glossary; a deleted term is a tombstone on the compacted topic."""

    term: str
    aliases: tuple[str, ...]
    language: str
    """ISO 639-1 code, or empty for every language."""
    category: str
    priority: int = 0
    """Terms of a higher one go first where the model takes only some of them."""
    corrected: int = 0
    """How often it was put in the place of something else lately, as of its push; no part of the version."""


@dataclass(frozen=True, slots=True)
class GlossaryPush:
    """The beginning or the end of one push: lies among the terms under a key that no term can have."""

    push_id: str
    terms: int
    """How many terms it holds."""
    version: str
    """Version of these terms; empty without any."""
    pushed_at: int
    """UTC µs at which it began."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Bytes that a stage could not read, with their origin and the reason."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    stage: str
    error: str


EXPIRED = "expired"
MADE_ANEW = "made_anew"


@dataclass(frozen=True, slots=True)
class LostRecords:
    """Records that were gone before a stage had read them; a tombstone acknowledges them."""

    stage: str
    topic: str
    partition: int
    first_offset: int
    """The offset that the stage would have read next."""
    records: int
    """How many are gone; transaction markers among them count too. 0 where nobody can know."""
    cause: str
    """`expired`: below the log's start. `made_anew`: the topic ends before that offset, and so is another one."""


Event = (
    AudioFrame
    | SpeechWindow
    | Transcript
    | Segment
    | GlossaryTerm
    | GlossaryPush
    | DeadLetter
    | StreamMark
    | LostRecords
)
