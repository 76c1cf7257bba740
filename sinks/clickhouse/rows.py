"""A segment as a row of the table `segments`. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from schemas.events import Segment

Row = tuple[Any, ...]
Read = Callable[[Segment], Any]

_TIME = "DateTime64(6, 'UTC')"
_NAME = "LowCardinality(String)"
OFFSET_BITS = 20


def _array(field: str, name: str) -> Read:
    return lambda segment: [getattr(item, name) for item in getattr(segment, field)]


def _field(name: str) -> Read:
    return lambda segment: getattr(segment, name)


def _decoding(name: str) -> Read:
    return lambda segment: getattr(segment.decoding, name)


def _made(name: str) -> Read:
    return lambda segment: getattr(segment.decoding.provenance, name)


def _libraries(segment: Segment) -> dict[str, str]:
    used = (*segment.decoding.provenance.libraries, *segment.libraries)
    return {library.name: library.version for library in used}


def _audio(name: str) -> Read:
    return lambda segment: getattr(segment.audio, name)


_COLUMNS: tuple[tuple[str, str, Read], ...] = (
    ("session_id", _NAME, _field("session_id")),
    ("channel_id", _NAME, _field("channel_id")),
    ("segment_id", "String", _field("segment_id")),
    ("window_id", "String", _field("window_id")),
    ("utterance_id", "String", _field("utterance_id")),
    ("utterance_end", "Bool", _field("utterance_end")),
    ("start_sample", "Int64", _field("start_sample")),
    ("end_sample", "Int64", _field("end_sample")),
    ("uncovered.start_sample", "Array(Int64)", _array("uncovered", "start_sample")),
    ("uncovered.end_sample", "Array(Int64)", _array("uncovered", "end_sample")),
    ("language", _NAME, _field("language")),
    ("text", "String", _field("text")),
    ("text_raw", "String", _field("text_raw")),
    ("words.text", "Array(String)", _array("words", "text")),
    ("words.start_sample", "Array(Int64)", _array("words", "start_sample")),
    ("words.end_sample", "Array(Int64)", _array("words", "end_sample")),
    ("words.probability", "Array(Float64)", _array("words", "probability")),
    ("words.interpolated", "Array(Bool)", _array("words", "interpolated")),
    ("corrections.from_text", "Array(String)", _array("corrections", "from_text")),
    ("corrections.to_text", "Array(String)", _array("corrections", "to_text")),
    ("corrections.term", "Array(String)", _array("corrections", "term")),
    ("corrections.rule", f"Array({_NAME})", _array("corrections", "rule")),
    ("corrections.score", "Array(Float64)", _array("corrections", "score")),
    ("corrections.start", "Array(Int32)", _array("corrections", "start")),
    ("corrections.end", "Array(Int32)", _array("corrections", "end")),
    ("glossary_version", _NAME, _field("glossary_version")),
    ("model", _NAME, _decoding("model")),
    ("engine", _NAME, _made("engine")),
    ("engine_version", _NAME, _made("engine_version")),
    ("device", _NAME, _made("device")),
    ("processor", _NAME, _made("processor")),
    ("instruction_set", _NAME, _made("instruction_set")),
    ("gemm_backend", _NAME, _made("gemm_backend")),
    ("compute_type", _NAME, _made("compute_type")),
    ("threads", "Int32", _made("threads")),
    ("libraries", f"Map({_NAME}, {_NAME})", _libraries),
    ("language_probability", "Nullable(Float64)", _decoding("language_probability")),
    ("avg_logprob", "Nullable(Float64)", _decoding("avg_logprob")),
    ("no_speech_prob", "Nullable(Float64)", _decoding("no_speech_prob")),
    ("compression_ratio", "Nullable(Float64)", _decoding("compression_ratio")),
    ("beam_size", "Nullable(Int32)", _decoding("beam_size")),
    ("context_frames", "Nullable(Int32)", _decoding("context_frames")),
    ("hotwords_version", _NAME, _decoding("glossary_version")),
    ("hotwords", "Array(String)", _decoding("hotwords")),
    ("captured_at", _TIME, _field("captured_at")),
    ("speech_ended_at", _TIME, _field("speech_ended_at")),
    ("windowed_at", _TIME, _field("windowed_at")),
    ("transcribed_at", _TIME, _field("transcribed_at")),
    ("audio_topic", _NAME, _audio("topic")),
    ("audio_partition", "Int32", _audio("partition")),
    ("audio_first_offset", "Int64", _audio("first_offset")),
    ("audio_last_offset", "Int64", _audio("last_offset")),
)

COLUMN_NAMES = (*(name for name, _, _ in _COLUMNS), "corrected_at", "version")
COLUMN_TYPES = (*(kind for _, kind, _ in _COLUMNS), _TIME, "UInt64")


def row_of(segment: Segment, offset: int, corrected_at: int) -> Row:
    """The row of a segment whose Kafka record has this offset and timestamp (UTC µs)."""
    return (*(read(segment) for _, _, read in _COLUMNS), corrected_at, version_of(offset, corrected_at))


def version_of(offset: int, corrected_at: int) -> int:
    """Grows with the time of correction (Kafka's milliseconds), and by the offset within one millisecond."""
    milliseconds = max(0, corrected_at // 1000)
    return int(milliseconds << OFFSET_BITS | offset & (1 << OFFSET_BITS) - 1)


def columns_of(rows: Iterable[Row]) -> Sequence[list[Any]]:
    """The rows turned into columns, in the order of COLUMN_NAMES."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in COLUMN_NAMES]
