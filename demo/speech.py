"""Spoken text with exact times: espeak-ng as a library, every word and phone with its sample."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NATIVE_RATE_HZ = 22_050
"""Rate at which espeak-ng speaks."""

_SYNCHRONOUS, _PHONEME_EVENTS, _DONT_EXIT = 2, 0x0001, 0x8000
_BUFFER_MS, _UTF8, _BY_CHARACTER = 200, 1, 1
_RATE, _PITCH, _RANGE, _WORD_GAP = 1, 3, 4, 7
_WORD, _PHONE = 1, 7


class SpeechError(RuntimeError):
    """espeak-ng refused a voice or a text."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How a text is spoken."""

    name: str
    """espeak voice and variant, such as `en-us+Alex` or `ko`."""
    words_per_minute: int = 165
    pitch: int = 50
    """0 … 100; 50 is the voice's own."""
    pitch_range: int = 50
    """0 (monotone) … 100."""
    word_gap: int = 0
    """Extra pause between words, in 10 ms."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or phone: where it starts in the sound."""

    sample: int
    """At NATIVE_RATE_HZ."""
    label: str
    """The phone's mnemonic; empty for a word."""
    character: int
    """Words only: the 0-based character of the text at which the word starts."""


@dataclass(frozen=True, slots=True)
class Speech:
    """One spoken text."""

    pcm: NDArray[np.int16]
    """Mono, at NATIVE_RATE_HZ."""
    words: tuple[Mark, ...]
    phones: tuple[Mark, ...]


class _Identity(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Speaker:
    """The speech synthesiser. One per process: espeak-ng keeps global state."""

    def __init__(self, data_path: Path | None = None) -> None:
        """Load the library; `data_path` is the folder `espeak-ng-data`, the wheel's by default."""
        import espeakng_loader  # noqa: PLC0415 (only those who make sound need it)

        self._library = ctypes.cdll.LoadLibrary(espeakng_loader.get_library_path())
        folder = str(data_path or espeakng_loader.get_data_path()).encode()
        rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, folder, _PHONEME_EVENTS | _DONT_EXIT)
        if rate_hz != NATIVE_RATE_HZ:
            raise SpeechError(f"espeak-ng did not start with data in {folder!r} ({rate_hz})")
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)
        self._chunks: list[NDArray[np.int16]] = []
        self._words: list[Mark] = []
        self._phones: list[Mark] = []

    def speak(self, text: str, voice: Voice) -> Speech:
        """Speak `text`, with the start of every word and phone."""
        self._chunks, self._words, self._phones = [], [], []
        if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise SpeechError(f"no such voice: {voice.name}")
        for parameter, value in (
            (_RATE, voice.words_per_minute),
            (_PITCH, voice.pitch),
            (_RANGE, voice.pitch_range),
            (_WORD_GAP, voice.word_gap),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        status = self._library.espeak_Synth(data, len(data) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None)
        if status != 0 or not self._chunks:
            raise SpeechError(f"could not speak {text!r} ({status})")
        return Speech(np.concatenate(self._chunks), tuple(self._words), tuple(self._phones))

    def _collect(self, wav: Any, count: int, events: Any) -> int:
        """Keep what espeak-ng hands over; 0 means go on."""
        if wav and count > 0:
            self._chunks.append(np.ctypeslib.as_array(wav, (count,)).copy())
        for event in _listed(events):
            if event.type == _WORD:
                self._words.append(Mark(event.sample, "", event.text_position - 1))
            elif event.type == _PHONE:
                self._phones.append(Mark(event.sample, event.id.string.decode(errors="replace"), -1))
        return 0


def _listed(events: Any) -> Iterator[_Event]:
    """The events up to the terminating one."""
    index = 0
    while events[index].type != 0:
        yield events[index]
        index += 1
