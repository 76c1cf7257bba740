"""Whisper on CTranslate2: a batch of windows in, what was heard out. The only importer of the two libraries.

One call encodes a batch once and uses the encoding three times: to tell the languages, to search for the text, and to
align its tokens with the sound. Languages may be mixed in a batch; the encoder context may not.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens
from faster_whisper.utils import download_model

from processors.transcriber.alignment import TOKEN_S, first_frames, spoken_words, word_tokens
from processors.transcriber.card import ModelCard
from processors.transcriber.context import speech_frames
from processors.transcriber.decoding import Attempt, average_logprob
from processors.transcriber.features import mel_frames
from processors.transcriber.guard import compression_ratio
from processors.transcriber.heard import DECIMALS, Heard, SpokenWord
from processors.transcriber.hotwords import NO_HOTWORDS, Hotwords
from processors.transcriber.languages import Language, allowed_languages, likeliest
from processors.transcriber.log_mel import FFT_SAMPLES, LogMel
from processors.transcriber.model_faults import decode_failure, not_fetched, not_here_yet, not_loaded
from processors.transcriber.model_files import TOKENIZER_FILE, ModelFiles, find_model
from processors.transcriber.prompts import Prompts
from processors.transcriber.provenance import VARIABLES, provenance_of
from processors.transcriber.sound import Sound
from processors.transcriber.spelling import languages_in, load_spelling
from processors.transcriber.stretch import Stretch
from runtime.errors import DecodeFailed, ModelError
from runtime.settings import WhisperSettings, foreign_variables
from schemas.audio import SAMPLE_RATE_HZ

DECODER_POSITIONS = 448
"""Prompt and text together."""
SILENCE = Sound(np.zeros(16_000, dtype=np.float32), Stretch(0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch after the encoder."""

    storage: Any
    rows: int

    @property
    def context(self) -> int:
        """Encoder input in mel frames."""
        return 2 * int(self.storage.shape[1])

    def pick(self, rows: Sequence[int]) -> Any:
        """The encoder output of these rows only, or as it is if they are all."""
        if len(rows) == self.rows:
            return self.storage
        host = self.storage.to(ctranslate2.DataType.float32).to_device(ctranslate2.Device.cpu)
        return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.asarray(host)[list(rows)]))


class WhisperEngine:
    """Decodes batches. Not for several threads at once."""

    def __init__(self, files: ModelFiles, settings: WhisperSettings) -> None:
        self._card = files.card
        self._model = _load_weights(files, settings)
        self._spelling = load_spelling(files.folder / TOKENIZER_FILE)
        filters = FeatureExtractor.get_mel_filters(SAMPLE_RATE_HZ, FFT_SAMPLES, n_mels=self._model.n_mels)
        self._log_mel = LogMel(filters)
        self._tokenizers: dict[str, Tokenizer] = {}
        self._languages = self._known_languages(settings.languages)
        self._suppressed = get_suppressed_tokens(self._tokenizer(self._languages[0]), [-1])
        self._hotword_tokens = settings.hotword_tokens if self._card.prompts else 0
        self._prompts = Prompts(self._tokenizer(self._languages[0]).encode, self._hotword_tokens)
        self.model_name = files.identity()
        """Name, version and hash of the model."""
        self.provenance = provenance_of(self._model, _threads(settings), foreign_variables(*VARIABLES))
        """What it decodes by and on."""

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""
        return self._card

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it may detect."""
        return self._languages

    def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords = NO_HOTWORDS) -> list[Heard]:
        """What was heard of each of `sounds`, in their order.

        Raises OutOfMemory where the batch did not fit the device, DecodeFailed for every other failure.
        """
        told = hotwords if attempt.hotwords and self._hotword_tokens else NO_HOTWORDS
        try:
            encoded = self._encode(sounds, attempt.context)
            languages = self._detect(encoded, sounds)
            timed = [attempt.is_timed(sound.duration_s) for sound in sounds]
            results = self._search(encoded, attempt, self._prompts_of(languages, told, timed))
            words = self._align(encoded, sounds, languages, results)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise decode_failure(error, len(sounds), attempt.context) from error
        return [
            self._heard(result, language, spoken, (attempt, told))
            for result, language, spoken in zip(results, languages, words, strict=True)
        ]

    def _encode(self, sounds: Sequence[Sound], context: int) -> Encoded:
        mels = np.stack([mel_frames(sound.samples, context, self._log_mel) for sound in sounds])
        return Encoded(self._model.encode(ctranslate2.StorageView.from_array(mels)), len(sounds))

    def _detect(self, encoded: Encoded, sounds: Sequence[Sound]) -> list[Language]:
        if len(self._languages) == 1:
            return [Language(self._languages[0], 1.0)] * encoded.rows
        rankings = self._model.detect_language(encoded.storage)
        return [
            likeliest(ranking, self._languages, sound.language) for ranking, sound in zip(rankings, sounds, strict=True)
        ]

    def _prompts_of(self, languages: Sequence[Language], hotwords: Hotwords, timed: Sequence[bool]) -> list[list[int]]:
        prompts = []
        for language, is_timed in zip(languages, timed, strict=True):
            tokenizer = self._tokenizer(language.code)
            told = self._prompts.of(hotwords, language.code).tokens
            before = [tokenizer.sot_prev, *told] if told else []
            mode = [] if is_timed else [tokenizer.no_timestamps]
            prompts.append([*before, *tokenizer.sot_sequence, *mode])
        return prompts

    def _search(self, encoded: Encoded, attempt: Attempt, prompts: Sequence[list[int]]) -> list[Any]:
        results: dict[int, Any] = {}
        for length, rows in _grouped(len(prompt) for prompt in prompts).items():
            found = self._model.generate(
                encoded.pick(rows),
                [prompts[row] for row in rows],
                beam_size=attempt.beam_size,
                repetition_penalty=attempt.repetition_penalty,
                no_repeat_ngram_size=attempt.no_repeat_ngram,
                max_length=_max_length(attempt.token_limit, length),
                suppress_tokens=self._suppressed,
                return_scores=True,
                return_no_speech_prob=True,
            )
            results.update(zip(rows, found, strict=True))
        return [results[row] for row in range(encoded.rows)]

    def _align(
        self, encoded: Encoded, sounds: Sequence[Sound], languages: Sequence[Language], results: Sequence[Any]
    ) -> list[tuple[SpokenWord, ...]]:
        """The words of each row; each language is aligned by itself, because a batch shares its start tokens."""
        words: list[tuple[SpokenWord, ...]] = [()] * encoded.rows
        texts = [self._text_tokens(result) for result in results]
        frames = [speech_frames(len(sound.samples), encoded.context) for sound in sounds]
        spoken = [row for row, text in enumerate(texts) if text]
        if not spoken:
            return words
        onsets_s = self._onsets_s(encoded, languages, results)
        for code, places in _grouped(languages[row].code for row in spoken).items():
            rows = [spoken[place] for place in places]
            tokenizer = self._tokenizer(code)
            found = self._model.align(
                encoded.pick(rows),
                tokenizer.sot_sequence,
                [texts[row] for row in rows],
                [frames[row] for row in rows],
                median_filter_width=self._card.alignment_filter_frames,
            )
            for row, result in zip(rows, found, strict=True):
                timed = word_tokens(tokenizer.split_to_word_tokens(texts[row]), result.text_token_probs)
                starts = first_frames(result.alignments, len(texts[row]))
                words[row] = spoken_words(timed, starts, sounds[row].within, onsets_s[row])
        return words

    def _onsets_s(self, encoded: Encoded, languages: Sequence[Language], results: Sequence[Any]) -> list[float]:
        """Where speech begins in each row by its first time token, or the one that the model would write: a step of
        the decoder more.
        """
        first = [result.sequences_ids[0][:1] for result in results]
        begin = self._tokenizer(self._languages[0]).timestamp_begin
        untold = [row for row, tokens in enumerate(first) if not tokens or tokens[0] < begin]
        if untold:
            prompts = [self._tokenizer(languages[row].code).sot_sequence for row in untold]
            found = self._model.generate(encoded.pick(untold), prompts, beam_size=1, max_length=len(prompts[0]) + 1)
            for row, result in zip(untold, found, strict=True):
                first[row] = result.sequences_ids[0][:1]
        return [max(0, tokens[0] - begin) * TOKEN_S for tokens in first]

    def _heard(
        self, result: Any, language: Language, words: tuple[SpokenWord, ...], how: tuple[Attempt, Hotwords]
    ) -> Heard:
        attempt, hotwords = how
        tokens = result.sequences_ids[0]
        text = self._tokenizer(language.code).decode(tokens).strip()
        return Heard(
            text=text,
            words=words,
            language=language.code,
            language_probability=round(language.probability, DECIMALS),
            avg_logprob=round(average_logprob(result.scores[0], len(tokens)), DECIMALS),
            no_speech_prob=round(result.no_speech_prob, DECIMALS),
            compression_ratio=round(compression_ratio(text), DECIMALS),
            complete=len(tokens) < attempt.token_limit,
            beam_size=attempt.beam_size,
            context=attempt.context,
            glossary_version=hotwords.version,
            hotwords=self._prompts.of(hotwords, language.code).terms,
        )

    def _text_tokens(self, result: Any) -> list[int]:
        eot = self._tokenizer(self._languages[0]).eot
        return [token for token in result.sequences_ids[0] if token < eot]

    def _known_languages(self, wanted: Sequence[str]) -> tuple[str, ...]:
        if not self._model.is_multilingual:
            return ("en",)
        return allowed_languages(wanted, tuple(languages_in(self._spelling)), self._card.name)

    def _tokenizer(self, language: str) -> Tokenizer:
        tokenizer = self._tokenizers.get(language)
        if tokenizer is None:
            tokenizer = Tokenizer(self._spelling, self._model.is_multilingual, "transcribe", language)
            self._tokenizers[language] = tokenizer
        return tokenizer


def load_engine(settings: WhisperSettings, *, may_download: bool = True) -> WhisperEngine:
    """The engine, tried on a second of silence. Raises ModelError with what to do."""
    engine = WhisperEngine(find_model(settings.model, _download if may_download else _downloaded), settings)
    try:
        engine.decode([SILENCE], Attempt(context=100, beam_size=1, token_limit=8))
    except DecodeFailed as error:
        raise ModelError(
            f"the model {settings.model} loads but does not run: {error}. On a GPU the libraries of the `cuda` extra "
            "are needed; EARSHOT_WHISPER__DEVICE=cpu does without"
        ) from error
    return engine


def gpu_count() -> int:
    """GPUs that CTranslate2 sees."""
    return int(ctranslate2.get_cuda_device_count())


def _load_weights(files: ModelFiles, settings: WhisperSettings) -> Any:
    device = settings.device
    if device == "auto":
        device = "cuda" if gpu_count() else "cpu"
    try:
        return ctranslate2.models.Whisper(
            str(files.folder),
            device=device,
            compute_type=_compute_type(settings.compute_type, device),
            intra_threads=_threads(settings),
        )
    except (RuntimeError, ValueError) as error:
        raise not_loaded(settings, device, error) from error


def _threads(settings: WhisperSettings) -> int:
    return settings.cpu_threads or os.cpu_count() or 1


def _compute_type(wanted: str, device: str) -> str:
    if wanted != "auto":
        return wanted
    best = "float16" if device == "cuda" else "int8"
    return best if best in ctranslate2.get_supported_compute_types(device) else "auto"


def _downloaded(name: str) -> str:
    try:
        return str(download_model(name, local_files_only=True))
    except (ValueError, OSError, RuntimeError) as error:
        raise not_here_yet(name) from error


def _download(name: str) -> str:
    try:
        return str(download_model(name))
    except (ValueError, OSError, RuntimeError) as error:
        raise not_fetched(name, error) from error


def _grouped(keys: Iterable[Any]) -> dict[Any, list[int]]:
    groups: dict[Any, list[int]] = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    return groups


def _max_length(text_tokens: int, prompt_tokens_: int) -> int:
    """CTranslate2 gives the text min(max_length / 2, max_length − prompt + 1) tokens."""
    return min(max(2 * text_tokens, text_tokens + prompt_tokens_ - 1), DECODER_POSITIONS)
