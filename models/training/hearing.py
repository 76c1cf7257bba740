"""The exported model at work: on CTranslate2 with either context, and through faster-whisper."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens
from numpy.typing import NDArray

from models.training.export import CONTEXT_BUCKET_S, CONTEXT_MARGIN_S
from models.training.tokens import TIME_STEP_S
from processors.transcriber.context import ContextRule, context_frames
from processors.transcriber.decoding import first_attempt
from processors.transcriber.engine import load_engine
from processors.transcriber.heard import SpokenWord
from processors.transcriber.sound import whole
from runtime.settings import WhisperSettings

Sound = NDArray[np.float32]
RATE_HZ = 16_000
FULL_S = 30.0
_LOUDEST_TO_FLOOR = 2.0
_LEAST = -1.5


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model wrote of one window."""

    text: str
    language: str
    no_speech: float
    seconds: float
    """Processor time that it took."""


class Listener:
    """One exported model on one core; `beam_size` as in the pipeline, where 5 is the default."""

    def __init__(self, folder: Path, beam_size: int) -> None:
        self._beam_size = beam_size
        began = time.perf_counter()
        self.whisper = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        self.load_s = time.perf_counter() - began
        self._engine = load_engine(WhisperSettings(model=str(folder), device="cpu", beam_size=beam_size))
        self._tokenizer = Tokenizer(self.whisper.hf_tokenizer, True, task="transcribe", language="en")
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])

    def hear(self, sound: Sound, fitted: bool, hotwords: str | None = None) -> Heard:
        """Decoding without time tokens, the language detected by the model."""
        began = time.process_time()
        storage = ctranslate2.StorageView.from_array(self._features(sound, fitted)[None])
        encoded = self.whisper.model.encode(storage)
        language = self.whisper.model.detect_language(encoded)[0][0][0]
        prompt = self.whisper.get_prompt(self._tokenizer, [], without_timestamps=True, hotwords=hotwords)
        prompt[prompt.index(self._tokenizer.language)] = self.whisper.hf_tokenizer.token_to_id(language)
        result = self.whisper.model.generate(
            encoded,
            [prompt],
            beam_size=self._beam_size,
            suppress_tokens=self._suppressed,
            return_no_speech_prob=True,
        )[0]
        text = self._tokenizer.decode(result.sequences_ids[0]).strip()
        return Heard(text, language[2:-2], result.no_speech_prob, time.process_time() - began)

    def by_defaults(self, sound: Sound) -> str:
        """The text by faster-whisper's defaults: time tokens, thresholds, fallbacks, its own guess of the language."""
        return " ".join(segment.text for segment in self.transcribe(sound)[0])

    def transcribe(self, sound: Sound, **options: Any) -> tuple[list[Any], str]:
        """faster-whisper's segments and language, with its own defaults."""
        segments, info = self.whisper.transcribe(sound, **options)
        return list(segments), info.language

    def timed_words(self, sound: Sound) -> tuple[SpokenWord, ...]:
        """Words with the times that the transcriber gives them."""
        context = context_frames(len(sound), ContextRule(True, CONTEXT_MARGIN_S, CONTEXT_BUCKET_S))
        return self._engine.decode([whole(sound)], first_attempt(context, self._beam_size))[0].words

    def token_times_s(self, segment: Any) -> tuple[float, float]:
        """The first and the last time token of a segment, in seconds from the sound's start; NaN without any."""
        first = self._tokenizer.timestamp_begin
        times_s = [(token - first) * TIME_STEP_S for token in segment.tokens if token >= first] or [math.nan]
        begins_s = segment.seek / self.whisper.frames_per_second
        return begins_s + times_s[0], begins_s + times_s[-1]

    def _features(self, sound: Sound, fitted: bool) -> NDArray[np.float32]:
        """Log-mel [80, frames]: followed by silence up to the bucket, or by zeros up to 30 s."""
        mel = self.whisper.feature_extractor(sound)
        if fitted:
            seconds = math.ceil((len(sound) / RATE_HZ + CONTEXT_MARGIN_S) / CONTEXT_BUCKET_S) * CONTEXT_BUCKET_S
            floor = max(float(mel.max()) - _LOUDEST_TO_FLOOR, _LEAST)
        else:
            seconds, floor = FULL_S, 0.0
        padded = np.full((mel.shape[0], round(min(seconds, FULL_S) * 100)), floor, np.float32)
        count = min(mel.shape[1], padded.shape[1], len(sound) // 160)
        padded[:, :count] = mel[:, :count]
        return padded
