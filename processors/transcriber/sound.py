"""What the model is given of a window: samples, where words may lie in them, and perhaps the language."""

from dataclasses import dataclass, replace

from processors.transcriber.coverage import speech_of
from processors.transcriber.features import Samples, samples_of, sounding_span_s
from processors.transcriber.stretch import Stretch
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import SpeechWindow

MARGIN_S = 0.3
"""A voice begins at most so long before the VAD hears it, and ends as long after: there its loudness decides."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound to be decoded."""

    samples: Samples
    """16 kHz, float32."""
    within: Stretch
    """Where its words lie."""
    language: str = ""
    """The one that it is decoded in, unless another is clearly heard; empty where nothing is known."""

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLE_RATE_HZ

    def part(self, of: Stretch, language: str = "") -> "Sound":
        """A stretch of it, words anywhere in it."""
        samples = self.samples[round(of.from_s * SAMPLE_RATE_HZ) : round(of.to_s * SAMPLE_RATE_HZ)]
        return Sound(samples, Stretch(0.0, len(samples) / SAMPLE_RATE_HZ), language)


def whole(samples: Samples) -> Sound:
    """Sound of which nothing more is known: its words lie where it is not much quieter than its loud parts."""
    return Sound(samples, Stretch(*sounding_span_s(samples)))


def sound_of(window: SpeechWindow) -> Sound:
    """All of a window.

    At a cut within speech words lie up to the edge of the context. At the ends of an utterance they lie where the VAD
    heard a voice, however quiet, and in a margin beside it only as far as that is not much quieter than the speech.
    """
    sound = whole(samples_of(window.pcm))
    speech = speech_of(window)
    if not speech:
        return sound
    loud, begin_s, end_s = sound.within, 0.0, sound.duration_s
    if window.window_id == window.utterance_id:
        begin_s = min(max(loud.from_s, speech[0].from_s - MARGIN_S, 0.0), speech[0].from_s)
    if window.utterance_end:
        end_s = max(min(loud.to_s, speech[-1].to_s + MARGIN_S, end_s), speech[-1].to_s)
    return replace(sound, within=Stretch(begin_s, end_s))
