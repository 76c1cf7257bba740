"""Values that decode and are wrong: what no stage would make of any sound."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.audio import MICROSECONDS, SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.events import (
    AudioFrame,
    Correction,
    DeadLetter,
    Event,
    GlossaryTerm,
    Segment,
    SpeechWindow,
    Transcript,
    Word,
)
from schemas.topics import DAY_MS, Topic

MOST_LONG = 2**63 - 1
LEAST_LONG = -(2**63)
MOST_INT = 2**40  # Avro's writer lets it through
LONG_TEXT = "가" * 300_000
MEGABYTE_NAME = "n" * 1_000_000
NAN, INFINITY = float("nan"), float("-inf")

NAMES = {
    "empty name": "",
    "path": "../../etc/passwd",
    "dots": "..",
    "NUL": "a\0b",
    "right to left": "a\u202eb",
    "escape sequence": "\x1b[2J\x1b]0;owned\x07",
    "line breaks": "a\r\nSet-Cookie: b",
    "injection with a slash": "'; DROP TABLE segments; /*",
    "a megabyte of a name": MEGABYTE_NAME,
}

Values = dict[str, Mapping[str, Any]]


def wrong_values(topic: Topic, fair: Event) -> Values:
    """By name, what to change in a fair event of this topic."""
    match fair:
        case AudioFrame():
            values = {**_of_names(), **_of_frames(topic, fair)}
        case SpeechWindow():
            values = {**_of_names(), **_of_streams(fair), **_of_windows()}
        case Transcript():
            values = {**_of_names(), **_of_streams(fair), **_of_speech(fair), **_of_transcripts(fair)}
        case Segment():
            values = {**_of_names(), **_of_streams(fair), **_of_speech(fair), **_of_segments()}
        case GlossaryTerm():
            values = _of_terms()
        case DeadLetter():
            values = _of_letters()
    return values


def _of_names() -> Values:
    sessions: Values = {f"session, {what}": {"session_id": name} for what, name in NAMES.items()}
    channels: Values = {f"channel {name!r}": {"channel_id": name} for name in ("", "C00", "C17", "c01", "'; --")}
    return {**sessions, **channels}


def _of_frames(topic: Topic, fair: AudioFrame) -> Values:
    other = "C02" if fair.channel_id == "C01" else "C01"
    values: Values = {
        "another channel's frame": {"channel_id": other},
        "odd bytes": {"pcm": fair.pcm + b"\0"},
        "no sound": {"pcm": b"", "last": False},
        "a minute in one frame": {"pcm": bytes(SAMPLE_BYTES * SAMPLE_RATE_HZ * 59)},
        "captured in two days": {"captured_at": fair.captured_at + 2 * DAY_MS * 1000},
        "captured in nanoseconds": {"captured_at": fair.captured_at * 1000},
        "captured in seconds": {"captured_at": fair.captured_at // MICROSECONDS},
    }
    for rate in (0, -1, 8_000, 44_100, MOST_INT):
        values[f"{rate} Hz"] = {"sample_rate": rate}
    for sample in (-1, -(10**12), 2**51, MOST_LONG, LEAST_LONG):
        values[f"first sample {sample}"] = {"first_sample": sample}
    for time in (-1, 0, MOST_LONG, LEAST_LONG):
        values[f"captured at {time}"] = {"captured_at": time}
    return values


def _of_streams(fair: SpeechWindow | Transcript | Segment) -> Values:
    lie = replace(fair.audio, partition=-1)
    return {
        "the other lane's": {"final": not fair.final, "revision": int(fair.final)},
        "another stream's window id": {"window_id": f"another/{fair.channel_id}/0"},
        "another stream's utterance id": {"utterance_id": f"another/{fair.channel_id}/0"},
        "revision below zero": {"revision": -1},
        "revision too large": {"revision": MOST_INT},
        "captured before time": {"captured_at": LEAST_LONG},
        "captured after time": {"captured_at": MOST_LONG},
        "sound in no partition": {"audio": lie},
        "sound at no offset": {"audio": replace(fair.audio, first_offset=LEAST_LONG)},
        "sound in a megabyte of a topic": {"audio": replace(fair.audio, topic=MEGABYTE_NAME)},
    }


def _of_windows() -> Values:
    return {
        "no sound": {"pcm": b""},
        "odd bytes": {"pcm": b"\0" * 32_001},
        "longer than Whisper": {"pcm": bytes(SAMPLE_BYTES * SAMPLE_RATE_HZ * 31)},
        "owns 10^12 samples": {"own_to": 10**12},
        "owns what ends before it begins": {"own_to": 0},
        "first sample below zero": {"first_sample": -1},
        "first sample past all": {"first_sample": MOST_LONG},
        "own span past all": {"own_to": MOST_LONG},
        "speech past all": {"speech_to": MOST_LONG},
        "voiced below zero": {"voiced_samples": LEAST_LONG},
        "no rate": {"sample_rate": 0},
        "another rate": {"sample_rate": 44_100},
        "rate below zero": {"sample_rate": -MOST_INT},
    }


def _of_speech(fair: Transcript | Segment) -> Values:
    word = Word("w", 0, 1, 0.5, False)
    decoding = fair.decoding
    return {
        "text without end": {"text": LONG_TEXT},
        "a word without end": {"words": (replace(word, text=LONG_TEXT),)},
        "words without end": {"words": (word,) * 100_000},
        "a word below zero": {"words": (replace(word, start_sample=-(10**12)),)},
        "a word past all": {"words": (replace(word, end_sample=MOST_LONG),)},
        "a probability that is none": {"words": (replace(word, probability=NAN),)},
        "scores that are none": {"decoding": replace(decoding, avg_logprob=NAN)},
        "scores without end": {"decoding": replace(decoding, no_speech_prob=INFINITY)},
        "beams below zero": {"decoding": replace(decoding, beam_size=-1)},
        "context below zero": {"decoding": replace(decoding, context_frames=-1)},
        "a megabyte of a model": {"decoding": replace(decoding, model=MEGABYTE_NAME)},
        "a language with a line break": {"language": "e\nn"},
        "windowed past all": {"windowed_at": MOST_LONG},
        "windowed before time": {"windowed_at": -1},
    }


def _of_transcripts(fair: Transcript) -> Values:
    return {
        "owns 10^12 samples": {"own_to": fair.own_from + 10**12},
        "owns what ends before it begins": {"own_to": fair.own_from - 1},
        "speech past all": {"speech_to": MOST_LONG},
        "a megabyte of a reason": {"rejected": MEGABYTE_NAME},
    }


def _of_segments() -> Values:
    made = Correction("a", "b", "b", "alias", 100.0, 0, 1)
    return {
        "another window's segment": {"segment_id": "another/C01/0/0"},
        "a segment id that is a path": {"segment_id": "../../../0"},
        "starts below zero": {"start_sample": -1},
        "ends past all": {"end_sample": MOST_LONG},
        "speech ended past all": {"speech_ended_at": MOST_LONG},
        "transcribed before time": {"transcribed_at": LEAST_LONG},
        "raw text without end": {"text_raw": LONG_TEXT},
        "a correction past all": {"corrections": (replace(made, end=MOST_INT),)},
        "a score that is none": {"corrections": (replace(made, score=NAN),)},
        "corrections without end": {"corrections": (made,) * 50_000},
        "a megabyte of a glossary": {"glossary_version": MEGABYTE_NAME},
    }


def _of_terms() -> Values:
    return {
        "no term": {"term": ""},
        "blank term": {"term": "   "},
        "a megabyte of a term": {"term": MEGABYTE_NAME},
        "term with a NUL": {"term": "a\0b"},
        "term right to left": {"term": "a\u202eb"},
        "an empty alias": {"aliases": ("",)},
        "aliases without end": {"aliases": ("alias",) * 200_000},
        "an alias without end": {"aliases": (LONG_TEXT,)},
        "an escape sequence": {"category": "\x1b[2J"},
        "a language with a line break": {"language": "e\nn"},
    }


def _of_letters() -> Values:
    """Forged letters: no stage reads them, but the commands for dead letters do."""
    return {
        "markup": {"topic": "[/red][link=x]", "error": "[/bold]", "stage": "[red]"},
        "an escape sequence": {"error": "\x1b[2J\x1b]0;owned\x07", "stage": "\x1b[31m"},
        "a topic that there is not": {"topic": "no.such.topic"},
        "a path for a topic": {"topic": "../../etc/passwd"},
        "a megabyte of a topic": {"topic": MEGABYTE_NAME},
        "a megabyte of a reason": {"error": MEGABYTE_NAME},
        "partition below zero": {"partition": -1},
        "offset past all": {"offset": MOST_LONG},
        "offset before all": {"offset": LEAST_LONG},
        "a letter about a letter": {"topic": "pipeline.deadletters", "offset": 0},
    }
