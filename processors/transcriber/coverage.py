"""Whether the words that were heard cover the speech that the VAD heard: what a model leaves out, it leaves out at
good scores, so no score tells.
"""

from collections.abc import Iterable, Sequence
from math import inf

from processors.transcriber.heard import SpokenWord
from processors.transcriber.stretch import Stretch
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import SampleSpan, SpeechWindow

REACH_S = 0.15
"""Aligned times are good to about this: a word covers so much on either side of it."""
BRIDGED_S = 0.1
"""A pause this short within speech is speech."""
LONGEST_UNCOVERED_S = 0.5
"""Speech that is longer than this holds a word."""

USUAL_BASE_S = 0.2
USUAL_PER_LETTER_S = 0.07
USUAL_PER_SYLLABLE_S = 0.25
"""A word of n letters seldom lasts longer than USUAL_BASE_S + n · USUAL_PER_LETTER_S; Hangul, a syllable a letter."""
UNUSUAL_S = 0.26


def speech_of(window: SpeechWindow) -> list[Stretch]:
    """Where the owned span of the window is speech, short pauses bridged. Empty for windows from before version 2."""
    stretches: list[Stretch] = []
    for span in window.voiced:
        from_s = (span.start_sample - window.first_sample) / SAMPLE_RATE_HZ
        to_s = (span.end_sample - window.first_sample) / SAMPLE_RATE_HZ
        if stretches and from_s - stretches[-1].to_s <= BRIDGED_S:
            stretches[-1] = Stretch(stretches[-1].from_s, to_s)
        else:
            stretches.append(Stretch(from_s, to_s))
    return stretches


def uncovered(speech: Iterable[Stretch], words: Sequence[SpokenWord]) -> list[Stretch]:
    """What of `speech` no word covers, in order, where it is long enough to hold one."""
    spans = sorted((word.start_s - REACH_S, word.end_s + REACH_S) for word in words)
    found = []
    for stretch in speech:
        from_s = stretch.from_s
        for start_s, end_s in spans:
            if end_s <= from_s:
                continue
            if start_s >= stretch.to_s:
                break
            found.append(Stretch(from_s, start_s))
            from_s = max(from_s, end_s)
        found.append(Stretch(from_s, stretch.to_s))
    return [gap for gap in found if gap.duration_s > LONGEST_UNCOVERED_S]


def drawn_out(words: Iterable[SpokenWord]) -> list[Stretch]:
    """Words that last so long that others may be missing behind them: alignment gives their time to a neighbour.

    Of 2,448 words of non-stop human speech, aligned by whisper-base, six last so long; four stand for what was left
    out. Figures, which are written shorter than they are said, and other scripts than Latin and Hangul are not judged.
    """
    return [Stretch(word.start_s, word.end_s) for word in words if word.end_s - word.start_s > _longest_usual_s(word)]


def _longest_usual_s(word: SpokenWord) -> float:
    letters = [letter for letter in word.text if letter.isalnum()]
    syllables = sum("가" <= letter <= "힣" for letter in letters)
    latin = sum(letter.isalpha() and letter < "\u0250" for letter in letters)
    if syllables + latin < len(letters):
        return inf
    return USUAL_BASE_S + USUAL_PER_SYLLABLE_S * syllables + USUAL_PER_LETTER_S * latin + UNUSUAL_S


def uncovered_spans(window: SpeechWindow, words: Sequence[SpokenWord]) -> tuple[SampleSpan, ...]:
    """The same as samples of the stream."""
    return tuple(
        SampleSpan(
            window.first_sample + round(gap.from_s * SAMPLE_RATE_HZ),
            window.first_sample + round(gap.to_s * SAMPLE_RATE_HZ),
        )
        for gap in uncovered(speech_of(window), words)
    )
