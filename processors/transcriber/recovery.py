"""Speech that no word covers is decoded again: each stretch by itself, then the window in parts.

Whisper leaves out whole sentences where voices follow each other closely, at good scores. Parts of the window that
hold fewer voices are heard whole. All of it follows from the window alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from processors.transcriber.coverage import drawn_out, speech_of, uncovered
from processors.transcriber.heard import Heard, SpokenWord
from processors.transcriber.sound import Sound, sound_of
from processors.transcriber.splitting import alone, around, lies_in, parts
from processors.transcriber.stretch import Stretch
from schemas.events import SpeechWindow

Decode = Callable[[Sequence[Sound]], Sequence[Heard | None]]
"""Decodings of some sounds; None for one that is not good enough to be told."""
SPACELESS = frozenset({"ja", "zh", "yue", "th", "lo", "my", "km"})
"""Languages written without spaces between words."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A window and the best that was heard of it so far."""

    window: SpeechWindow
    heard: Heard

    @property
    def gaps(self) -> list[Stretch]:
        """Its speech that no word covers."""
        return uncovered(speech_of(self.window), self.heard.words)

    @property
    def doubts(self) -> list[Stretch]:
        """The same, and words so long that others may be missing there."""
        return self.gaps + drawn_out(self.heard.words)

    @property
    def missing_s(self) -> float:
        """How much may be missing."""
        return sum(doubt.duration_s for doubt in self.doubts)


def recovered(drafts: Sequence[Draft], decode: Decode) -> list[Draft]:
    """The drafts, with what could be heard of their uncovered speech. `decode` is called for all of them at once."""
    drafts = _redone(drafts, _stretches_alone, decode)
    return _redone(drafts, _in_parts, decode)


def _redone(drafts: Sequence[Draft], plan: Callable[[Draft], list[Stretch]], decode: Decode) -> list[Draft]:
    plans = [plan(draft) for draft in drafts]
    sounds = [
        sound_of(draft.window).part(stretch, draft.heard.language)
        for draft, stretches in zip(drafts, plans, strict=True)
        for stretch in stretches
    ]
    answers = iter(decode(sounds) if sounds else ())
    redone = []
    for draft, stretches in zip(drafts, plans, strict=True):
        candidate = draft
        for stretch in stretches:
            again = next(answers)
            if again is not None:
                candidate = replace(candidate, heard=patched(candidate.heard, stretch, again))
        redone.append(min(draft, candidate, key=lambda one: one.missing_s))
    return redone


def _stretches_alone(draft: Draft) -> list[Stretch]:
    pcm = np.frombuffer(draft.window.pcm, "<i2")
    return [alone(doubt, draft.heard.words, pcm) for doubt in draft.doubts]


def _in_parts(draft: Draft) -> list[Stretch]:
    cut = parts(draft.gaps, np.frombuffer(draft.window.pcm, "<i2"))
    return cut if len(cut) > 1 else []


def patched(heard: Heard, stretch: Stretch, again: Heard) -> Heard:
    """`heard` with the words of `stretch` as they were heard by themselves."""
    kept = [word for word in heard.words if not lies_in(word, stretch)]
    before, after = around(stretch, kept)
    new = [
        replace(word, start_s=word.start_s + stretch.from_s, end_s=word.end_s + stretch.from_s) for word in again.words
    ]
    words = (*before, *_spaced(new, again.language), *after)
    share = len(new) / max(1, len(words))
    return replace(
        heard,
        text="".join(word.text for word in words).strip(),
        words=words,
        language=heard.language if before or after else again.language,
        avg_logprob=round(heard.avg_logprob * (1 - share) + again.avg_logprob * share, 4),
        context=max(heard.context, again.context),
    )


def _spaced(words: list[SpokenWord], language: str) -> list[SpokenWord]:
    """The words, the first with the space that parts it from the one before."""
    if not words or language in SPACELESS or words[0].text.startswith(" "):
        return words
    return [replace(words[0], text=f" {words[0].text}"), *words[1:]]
