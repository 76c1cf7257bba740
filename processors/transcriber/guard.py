"""No words on silence: which texts are withheld, and why.

In this order: too little voice to hold a word, the model's own doubt, a repetition loop in any language, more text than
there was voice for, and last a list of phrases that Whisper is known to invent.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.transcriber.decoding import Thresholds, fault_of, is_silence
from processors.transcriber.echo import is_echo
from processors.transcriber.heard import Heard
from processors.transcriber.letters import plain
from processors.transcriber.phrases import COURTESIES, CREDITS
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import SpeechWindow

TOO_SHORT = "too_short"
NO_SPEECH = "no_speech"
REPETITION = "repetition"
PHRASE = "phrase"
DOUBT = "doubt"
UNVOICED = "unvoiced"
NO_VOICE = frozenset({TOO_SHORT, NO_SPEECH})
"""Reasons that say that nobody spoke."""

SURE_LOGPROB = -0.8
LOOP_REPEATS = 8
LOOP_REPEATS_OF_ONE = 20
LOOP_SHARE = 0.5
"""A loop makes up at least this share of the text."""
FAST_CHARACTERS_PER_S = 35.0
"""Nobody speaks so many characters a second; a loop does."""
FAST_LOOP_REPEATS = 4
UNHEARD_VOICE_S = 0.3
"""So much of a voice the VAD may miss."""
DOUBT_NO_SPEECH = 0.3
"""From here on a text that stayed unlikely after every attempt is not told."""
LONGEST_UNIT = 60
CREDIT_DOUBT = -0.25
COURTESY_DOUBT = -0.8
COURTESY_NO_SPEECH = 0.3


@dataclass(frozen=True, slots=True)
class Guard:
    """The judge of one window's text."""

    thresholds: Thresholds
    min_voiced_ms: float

    def before(self, window: SpeechWindow) -> str:
        """Why a window need not be decoded at all, or an empty string."""
        voiced_ms = 1000 * window.voiced_samples / SAMPLE_RATE_HZ
        return TOO_SHORT if voiced_ms < self.min_voiced_ms else ""

    def after(self, window: SpeechWindow, heard: Heard) -> str:
        """Why the text is withheld, or an empty string."""
        return next(self._reasons(window, heard), "")

    def _reasons(self, window: SpeechWindow, heard: Heard) -> Iterator[str]:
        if not heard.text:
            if heard.no_speech_prob > self.thresholds.no_speech:
                yield NO_SPEECH
            return
        if is_silence(heard, self.thresholds):
            yield NO_SPEECH
        if heard.avg_logprob < self.thresholds.avg_logprob and heard.no_speech_prob > DOUBT_NO_SPEECH:
            yield DOUBT
        pcm_s = len(window.pcm) / 2 / window.sample_rate
        if heard.compression_ratio > self.thresholds.compression_ratio or is_loop(heard.text, pcm_s):
            yield REPETITION
        if is_unvoiced(window, heard.text):
            yield UNVOICED
        if is_known_phrase(heard) or is_echo(heard.text, heard.hotwords):
            yield PHRASE

    def is_sure(self, heard: Heard) -> bool:
        """Whether words are told that were only looked for because the VAD heard a voice."""
        return (
            bool(heard.text)
            and not fault_of(heard, self.thresholds)
            and heard.avg_logprob >= SURE_LOGPROB
            and heard.no_speech_prob <= self.thresholds.no_speech
            and not is_known_phrase(heard)
        )


def compression_ratio(text: str) -> float:
    """UTF-8 bytes of the text for each byte that zlib needs for it; 0 without text. Loops compress well."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def is_loop(text: str, audio_s: float) -> bool:
    """Whether most of the text is one unit said over and over, in any language and with or without spaces."""
    letters = plain(text)
    unit, repeats = longest_loop(letters)
    if repeats < 2 or unit * repeats < LOOP_SHARE * len(letters):
        return False
    if repeats >= (LOOP_REPEATS_OF_ONE if unit == 1 else LOOP_REPEATS):
        return True
    return repeats >= FAST_LOOP_REPEATS and len(letters) > FAST_CHARACTERS_PER_S * max(audio_s, 0.5)


def longest_loop(letters: str) -> tuple[int, int]:
    """Length of the unit, in characters, and number of repeats of the run that covers most of `letters`."""
    best = (len(letters), 1)
    covered = 0
    points = np.array([ord(letter) for letter in letters], dtype=np.uint32)
    for unit in range(1, min(LONGEST_UNIT, len(letters) // 2) + 1):
        run = _longest_run(points, unit)
        repeats = run // unit + 1
        if run and unit * repeats > covered and repeats >= 2:
            best, covered = (unit, repeats), unit * repeats
    return best


def is_unvoiced(window: SpeechWindow, text: str) -> bool:
    """Whether the text of a whole utterance is longer than anybody could say while there was a voice."""
    if window.window_id != window.utterance_id or not window.utterance_end:
        return False
    voice_s = window.voiced_samples / window.sample_rate + UNHEARD_VOICE_S
    return len(plain(text)) > FAST_CHARACTERS_PER_S * voice_s


def is_known_phrase(heard: Heard) -> bool:
    """Whether the whole text is one that Whisper invents, and there is doubt enough about it."""
    text = plain(heard.text, keep_spaces=True)
    if any(text.startswith(credit) for credit in CREDITS):
        return heard.avg_logprob < CREDIT_DOUBT or heard.no_speech_prob > COURTESY_NO_SPEECH
    if text in COURTESIES:
        return heard.avg_logprob < COURTESY_DOUBT or heard.no_speech_prob > COURTESY_NO_SPEECH
    return False


def _longest_run(letters: NDArray[np.uint32], unit: int) -> int:
    """Most consecutive places where a letter equals the one `unit` before it."""
    breaks = np.flatnonzero(letters[unit:] != letters[:-unit])
    edges = np.concatenate(([-1], breaks, [len(letters) - unit]))
    return int(np.diff(edges).max()) - 1
