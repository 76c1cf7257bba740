"""Windows into a real broker and transcripts out of it, for tests of the transcriber."""

import time
from collections.abc import Iterable, Sequence

import numpy as np

from processors.transcriber.decoder import Decoder
from processors.transcriber.decoding import Attempt, Thresholds
from processors.transcriber.guard import Guard
from processors.transcriber.heard import Heard, SpokenWord
from processors.transcriber.hotwords import Hotwords
from processors.transcriber.sound import Sound
from runtime.kafka import Reader, ReaderOptions, Record, Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings
from schemas.codec import decode, encode
from schemas.events import Provenance, SpeechWindow, Transcript
from schemas.topics import TRANSCRIPTS, WINDOWS, stream_key
from tests.support.speech_windows import Span, window

OPEN_FOR_S = 60.0
"""A transaction that a killed process has left open is ended after half of this."""


class LengthEngine:
    """Says how many samples it was given, after `seconds_each` for each window."""

    model_name = "length/1/0"
    provenance = Provenance(engine="length")

    def __init__(self, seconds_each: float = 0.0) -> None:
        self._seconds_each = seconds_each
        self.batches: list[int] = []

    def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
        time.sleep(self._seconds_each * len(sounds))
        self.batches.append(len(sounds))
        return [self._heard(len(sound.samples), attempt) for sound in sounds]

    def _heard(self, samples: int, attempt: Attempt) -> Heard:
        word = SpokenWord(f" {samples}", 0.0, 0.5, 0.9)
        return Heard(str(samples), (word,), "en", 1.0, -0.1, 0.0, 0.5, True, attempt.beam_size, attempt.context)


def length_decoder(seconds_each: float = 0.0) -> Decoder:
    """A decoder whose text is the window's length."""
    return Decoder(LengthEngine(seconds_each), Guard(Thresholds(), min_voiced_ms=0))


def noise_windows(session_id: str, count: int, *, seed: int = 0) -> list[SpeechWindow]:
    """Final windows of noise, 0.5 to 4 s each, one after the other on sixteen channels."""
    random = np.random.default_rng(seed)
    ends = dict.fromkeys(range(16), 0)
    windows = []
    for number in range(count):
        channel = number % 16
        first, length = ends[channel], int(random.integers(8_000, 64_000))
        ends[channel] = first + length
        pcm = (random.standard_normal(length) * 3000).astype("<i2").tobytes()
        span = Span(first, first, first + length, first + length)
        windows.append(window(span, session_id=session_id, channel_id=f"C{channel + 1:02d}", pcm=pcm))
    return windows


def publish_windows(kafka: KafkaSettings, windows: Iterable[SpeechWindow], topic: str = WINDOWS.name) -> None:
    """Publishes windows under their streams' keys."""
    publish(kafka, topic, ((stream_key(one.session_id, one.channel_id), encode(one)) for one in windows))


def publish(kafka: KafkaSettings, topic: str, records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
    """Publishes keys and values."""
    with Writer(kafka, WriterOptions("test", linger_ms=0)) as writer:
        for key, value in records:
            writer.send(topic, key, value)


def read_all(kafka: KafkaSettings, topic: str, *, read_committed: bool = True) -> list[Record]:
    """Every record that a topic holds now; one that ends in an open transaction is waited for."""
    ends = {partition: end for partition, (_, end) in Admin(kafka).watermarks([topic]).items()}
    options = ReaderOptions(topics=(topic,), read_committed=read_committed, tells_end=True)
    with Reader(kafka, options) as reader:
        return list(reader.read_to(ends, OPEN_FOR_S))


def transcripts_of(kafka: KafkaSettings, session_id: str, topic: str = TRANSCRIPTS.name) -> list[Transcript]:
    """The committed transcripts of one session."""
    prefix = f"{session_id}/".encode()
    return [
        decode(Transcript, record.value)
        for record in read_all(kafka, topic)
        if record.key is not None and record.key.startswith(prefix)
    ]
