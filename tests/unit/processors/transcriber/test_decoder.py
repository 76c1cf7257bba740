"""The decoder with an engine whose answers are scripted: the ladder, the halving, the failures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from processors.transcriber.decoder import Decoder, Order, Undecodable
from processors.transcriber.decoding import Attempt, Thresholds
from processors.transcriber.guard import Guard
from processors.transcriber.heard import Heard, SpokenWord
from processors.transcriber.hotwords import NO_HOTWORDS, Hotwords
from processors.transcriber.sound import Sound
from runtime.errors import DecodeFailed, OutOfMemory
from schemas.audio import captured_at_of
from schemas.events import Library, Provenance, Transcript
from tests.support.speech_windows import Span, interim, task, window

SCRIPTED = Provenance(engine="scripted", libraries=(Library("tokenizers", "1"),))
ORDER = Order(beam_size=5, hotwords=NO_HOTWORDS)
Answer = Callable[[Sequence[Sound], Attempt], list[Heard]]


def heard(attempt: Attempt, text: str = "chest pain", **changes: object) -> Heard:
    words = tuple(
        SpokenWord(f" {word}", 0.2 * place, 0.2 * place + 0.2, 0.9) for place, word in enumerate(text.split())
    )
    fields: dict[str, object] = {
        "language": "en",
        "language_probability": 0.99,
        "avg_logprob": -0.2,
        "no_speech_prob": 0.1,
        "compression_ratio": 1.0,
        "complete": True,
        "beam_size": attempt.beam_size,
        "context": attempt.context,
    }
    return Heard(text, words, **{**fields, **changes})  # type: ignore[arg-type]


@dataclass
class ScriptedEngine:
    answer: Answer
    model_name: str = "scripted/1/0"
    provenance: Provenance = SCRIPTED
    calls: list[tuple[int, Attempt]] = field(default_factory=list)

    def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
        self.calls.append((len(sounds), attempt))
        return self.answer(sounds, attempt)


def decoder(answer: Answer) -> tuple[Decoder, ScriptedEngine]:
    engine = ScriptedEngine(answer)
    return Decoder(engine, Guard(Thresholds(), min_voiced_ms=96)), engine


def good(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
    return [heard(attempt) for _ in sounds]


def test_a_transcript_says_what_heard_it_and_what_cut_its_window() -> None:
    decode, engine = decoder(good)
    (told,) = decode.transcribe([task(window(libraries=(Library("onnxruntime", "2"),)))], ORDER)
    assert isinstance(told, Transcript)
    assert told.decoding.model == engine.model_name
    assert told.decoding.provenance == Provenance(
        engine="scripted", libraries=(Library("onnxruntime", "2"), Library("tokenizers", "1"))
    )


def test_each_window_gets_one_transcript_in_its_order() -> None:
    tasks = [task(window(channel_id=f"C{number:02d}"), windowed_at=number) for number in range(1, 5)]
    outcomes = decoder(good)[0].transcribe(tasks, ORDER)

    assert [one.channel_id for one in outcomes if isinstance(one, Transcript)] == ["C01", "C02", "C03", "C04"]
    assert [one.windowed_at for one in outcomes if isinstance(one, Transcript)] == [1, 2, 3, 4]


def test_a_transcript_carries_its_window_and_its_decoding() -> None:
    of = window(Span(100, 1700, 20_000, 32_100), utterance_id="s/C01/1700", utterance_end=True)
    (told,) = decoder(good)[0].transcribe([task(of, context=500, windowed_at=77)], ORDER)

    assert isinstance(told, Transcript)
    assert (told.text, told.rejected, told.language) == ("chest pain", "", "en")
    assert [word.start_sample for word in told.words] == [100, 3300]
    assert told.captured_at == captured_at_of(1700, 100, of.captured_at)
    assert (told.windowed_at, told.audio, told.utterance_end) == (77, of.audio, True)
    assert (told.decoding.model, told.decoding.context_frames, told.decoding.beam_size) == ("scripted/1/0", 500, 5)


def test_too_short_a_window_never_reaches_the_model() -> None:
    judge, engine = decoder(good)
    short, long = judge.transcribe([task(window(voiced_samples=100)), task(window())], ORDER)

    assert isinstance(short, Transcript)
    assert isinstance(long, Transcript)
    assert (short.rejected, short.text, short.words) == ("too_short", "", ())
    assert long.text == "chest pain"
    assert [count for count, _ in engine.calls] == [1]

    judge.transcribe([task(window(voiced_samples=100))], ORDER)
    assert len(engine.calls) == 1


def test_only_the_window_that_failed_climbs_the_ladder_and_alone() -> None:
    def doubtful(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        if attempt.context == 3000:
            return [heard(attempt, "better")]
        return [heard(attempt), heard(attempt, "murmur", avg_logprob=-1.4)]

    judge, engine = decoder(doubtful)
    one, two = judge.transcribe([task(window()), task(window(channel_id="C02"))], ORDER)

    assert isinstance(one, Transcript)
    assert isinstance(two, Transcript)
    assert (one.text, two.text) == ("chest pain", "better")
    assert two.decoding.context_frames == 3000
    assert [(count, attempt.context) for count, attempt in engine.calls] == [(2, 250), (1, 3000)]


def test_the_best_attempt_is_kept_where_none_is_good() -> None:
    def hopeless(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        likely = {250: -1.3, 3000: -1.1}[attempt.context] - (0.5 if attempt.no_repeat_ngram else 0.0)
        return [heard(attempt, f"said at {attempt.context}", avg_logprob=likely) for _ in sounds]

    judge, engine = decoder(hopeless)
    (told,) = judge.transcribe([task(window())], ORDER)

    assert isinstance(told, Transcript)
    assert told.text == "said at 3000"
    assert len(engine.calls) == 3


def echoing(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
    if attempt.hotwords:
        return [heard(attempt, "Warfarin, warfarin.", hotwords=("warfarin",), glossary_version="g1") for _ in sounds]
    return [heard(attempt, "what did he say", avg_logprob=-0.9) for _ in sounds]


def test_a_text_of_nothing_but_hotwords_is_decoded_again_without_them() -> None:
    judge, engine = decoder(echoing)
    (told,) = judge.transcribe([task(window())], ORDER)

    assert isinstance(told, Transcript)
    assert (told.text, told.rejected) == ("what did he say", "")
    assert (told.decoding.hotwords, told.decoding.glossary_version) == ((), "")
    assert [attempt.hotwords for _, attempt in engine.calls] == [True, False]


def test_an_interim_of_nothing_but_hotwords_is_withheld() -> None:
    (told,) = decoder(echoing)[0].transcribe([task(interim(0, 1))], ORDER)

    assert isinstance(told, Transcript)
    assert (told.text, told.rejected) == ("", "phrase")
    assert told.decoding.hotwords == ("warfarin",)


def test_a_loop_that_no_attempt_breaks_is_withheld() -> None:
    def looping(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        return [heard(attempt, "so " * 60, compression_ratio=9.0) for _ in sounds]

    (told,) = decoder(looping)[0].transcribe([task(window())], ORDER)

    assert isinstance(told, Transcript)
    assert (told.rejected, told.text, told.words) == ("repetition", "", ())
    assert told.decoding.compression_ratio == 9.0


def test_interims_are_decoded_once_only() -> None:
    def doubtful(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        return [heard(attempt, avg_logprob=-3.0) for _ in sounds]

    judge, engine = decoder(doubtful)
    judge.transcribe([task(interim(0, 1))], ORDER)

    assert len(engine.calls) == 1


def test_what_does_not_fit_is_halved_until_it_does() -> None:
    def small(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        if len(sounds) > 2:
            raise OutOfMemory("CUDA failed with error out of memory")
        return [heard(attempt, f"{len(sound.samples)}") for sound in sounds]

    judge, engine = decoder(small)
    tasks = [task(window(Span(0, 0, 16_000 + place, 16_000 + place))) for place in range(7)]
    outcomes = judge.transcribe(tasks, ORDER)

    assert [one.text for one in outcomes if isinstance(one, Transcript)] == [str(16_000 + place) for place in range(7)]
    assert [count for count, _ in engine.calls] == [7, 3, 1, 2, 4, 2, 2]


def test_one_window_that_does_not_fit_is_told_to_the_supervisor() -> None:
    def none(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        raise OutOfMemory("CUDA failed with error out of memory")

    with pytest.raises(OutOfMemory):
        decoder(none)[0].transcribe([task(window())], ORDER)


def test_a_window_that_breaks_the_model_breaks_no_other() -> None:
    def picky(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        if any(len(sound.samples) == 16_002 for sound in sounds):
            raise DecodeFailed("cannot")
        return [heard(attempt) for _ in sounds]

    tasks = [task(window(Span(0, 0, 16_000 + place, 16_000 + place))) for place in range(4)]
    outcomes = decoder(picky)[0].transcribe(tasks, ORDER)

    assert [isinstance(one, Undecodable) for one in outcomes] == [False, False, True, False]
    assert isinstance(outcomes[2], Undecodable)
    assert (outcomes[2].task, outcomes[2].error) == (tasks[2], "cannot")


def test_five_failures_in_a_row_end_the_process() -> None:
    calls = []

    def broken(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        calls.append(len(sounds))
        raise DecodeFailed("cannot")

    with pytest.raises(DecodeFailed) as failure:
        decoder(broken)[0].transcribe([task(window(channel_id=f"C{number}")) for number in range(8)], ORDER)
    assert failure.value.exit_code == 70
    assert calls == [8, 1, 1, 1, 1]


def test_a_success_between_failures_starts_the_count_anew() -> None:
    def shaky(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        if len(sounds) > 1 or len(sounds[0].samples) % 2:
            raise DecodeFailed("cannot")
        return [heard(attempt)]

    tasks = [task(window(Span(0, 0, 16_000 + place, 16_000 + place))) for place in range(16)]
    outcomes = decoder(shaky)[0].transcribe(tasks, ORDER)

    assert sum(isinstance(one, Undecodable) for one in outcomes) == 8


def test_a_fault_of_the_device_ends_the_process_at_once() -> None:
    def broken(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        raise DecodeFailed("CUDA failed with error an illegal memory access was encountered")

    judge, engine = decoder(broken)
    with pytest.raises(DecodeFailed):
        judge.transcribe([task(window()), task(window(channel_id="C02"))], ORDER)
    assert len(engine.calls) == 1


def test_a_failure_on_the_ladder_keeps_what_was_heard() -> None:
    def broken_later(sounds: Sequence[Sound], attempt: Attempt) -> list[Heard]:
        if attempt.context == 3000:
            raise DecodeFailed("cannot")
        return [heard(attempt, "murmur", avg_logprob=-1.4) for _ in sounds]

    (told,) = decoder(broken_later)[0].transcribe([task(window())], ORDER)

    assert isinstance(told, Transcript)
    assert told.text == "murmur"
