"""What a model left out is heard again in a part of the window, and what is heard there takes its place."""

from collections.abc import Sequence

import numpy as np

from processors.transcriber.heard import Heard, SpokenWord
from processors.transcriber.recovery import Draft, patched, recovered
from processors.transcriber.sound import Sound
from processors.transcriber.stretch import Stretch
from schemas.events import SampleSpan, SpeechWindow
from tests.support.speech_windows import Span, window

RATE = 16_000


def of_speech(duration_s: float = 8.0) -> SpeechWindow:
    samples = int(duration_s * RATE)
    pcm = np.random.default_rng(1).integers(-3000, 3000, samples).astype("<i2").tobytes()
    return window(Span(0, 0, samples, samples), pcm=pcm, voiced=(SampleSpan(0, samples),))


def heard(*timed: tuple[str, float, float], language: str = "en", logprob: float = -0.2) -> Heard:
    words = tuple(SpokenWord(text, start_s, end_s, 0.9) for text, start_s, end_s in timed)
    text = "".join(word.text for word in words).strip()
    return Heard(text, words, language, 0.9, logprob, 0.1, 1.0, True, 5, 3000)


def talk(until_s: float, word: str = " word") -> Heard:
    """Words of half a second, one after the other."""
    return heard(*((word, 0.5 * place, 0.5 * place + 0.5) for place in range(int(2 * until_s))))


class Telling:
    """Hears the same in every sound, and notes how long each was."""

    def __init__(self, answer: Heard | None) -> None:
        self.answer = answer
        self.asked_s: list[float] = []

    def __call__(self, sounds: Sequence[Sound]) -> list[Heard | None]:
        self.asked_s += [sound.duration_s for sound in sounds]
        return [self.answer] * len(sounds)


def test_a_window_that_is_covered_is_left_alone() -> None:
    decode = Telling(None)
    draft = Draft(of_speech(2.0), talk(2.0))
    assert recovered([draft], decode) == [draft]
    assert decode.asked_s == []


def test_what_was_left_out_is_put_in_its_place() -> None:
    draft = Draft(of_speech(), heard((" First", 0.3, 1.0), (" last.", 7.3, 8.0)))
    decode = Telling(talk(6.5, " between"))
    (done,) = recovered([draft], decode)
    assert done.heard.text == f"First {'between ' * 13}last."
    assert [word.start_s for word in done.heard.words] == sorted(word.start_s for word in done.heard.words)
    assert not done.gaps
    assert len(decode.asked_s) == 1


def test_what_stays_unheard_is_asked_for_in_parts_and_then_left() -> None:
    draft = Draft(of_speech(), heard((" First", 0.3, 1.0), (" last.", 7.3, 8.0)))
    decode = Telling(None)
    assert recovered([draft], decode) == [draft]
    assert len(decode.asked_s) > 2  # by itself, and the parts
    assert abs(sum(decode.asked_s[1:]) - 8.0) < 0.01


def test_an_answer_that_covers_less_than_what_is_there_is_not_taken() -> None:
    draft = Draft(of_speech(), heard((" First", 0.3, 1.0), (" last.", 7.3, 8.0)))
    assert recovered([draft], Telling(heard((" hm", 0.0, 0.02)))) == [draft]


def test_windows_are_asked_together() -> None:
    calls = []

    def decode(sounds: Sequence[Sound]) -> list[Heard | None]:
        calls.append(len(sounds))
        return [talk(6.5)] * len(sounds)

    recovered([Draft(of_speech(), heard((" First", 0.3, 1.0), (" last.", 7.3, 8.0)))] * 3, decode)
    assert calls == [3]


def test_a_space_parts_what_was_heard_apart_where_the_language_has_one() -> None:
    whole, stretch = heard((" one", 0.0, 1.0), (" three", 4.0, 5.0)), Stretch(1.5, 3.9)
    assert patched(whole, stretch, heard(("two", 0.1, 1.0))).text == "one two three"
    japanese = heard(("一", 0.0, 1.0), ("三", 4.0, 5.0), language="ja")
    assert patched(japanese, stretch, heard(("二", 0.1, 1.0), language="ja")).text == "一二三"


def test_a_score_is_told_of_both() -> None:
    whole = heard((" one", 0.0, 1.0), (" three", 4.0, 5.0), logprob=-0.1)
    assert -0.6 < patched(whole, Stretch(1.5, 3.9), heard((" two", 0.1, 1.0), logprob=-0.6)).avg_logprob < -0.1
