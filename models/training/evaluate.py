"""The exam of an exported model, printed as a table.

python -m models.training.evaluate [--model models/demo] [--beam-size 5] [--share 1.0]
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from demo.scoring import CharacterErrors, normalise, score, total
from models.training import grammar, voices
from models.training.exercise import hear_exercise
from models.training.hearing import Heard, Listener
from models.training.testset import RATE_HZ, SILENT_KINDS, Examiner, Window
from processors.transcriber.heard import SpokenWord

_KNOWN, _UNKNOWN_EACH, _SEVERAL, _SHORT, _TIMED, _PROMPTED = 250, 20, 60, 120, 60, 60
_NOTHING_S = 600.0
_SPLIT_S = 10.0
_SEED = 2_024
_FITTED, _FULL, _DEFAULTS = "fitted context", "full context", "faster-whisper's defaults"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    wanted: str
    measured: str


@dataclass(frozen=True, slots=True)
class WordTimes:
    """Times of words as heard minus as said, in seconds, of windows whose words were all heard right."""

    inner_s: list[float]
    """Starts of words that follow another of the same utterance."""
    firsts_s: list[float]
    """Starts of a window's first word."""
    later_firsts_s: list[float]
    """Starts of the first word of a later utterance."""
    ends_s: list[float]
    """Ends of utterances."""

    def compare(self, window: Window, heard: Sequence[SpokenWord]) -> None:
        """Add one window."""
        said = [word for utterance in window.utterances for word in utterance]
        if [normalise(word.text) for word in said] != [normalise(word.text) for word in heard]:
            return
        errors_s = [after.start_s - before.start_s for before, after in zip(said, heard, strict=True)]
        position = 0
        for utterance in window.utterances:
            (self.later_firsts_s if position else self.firsts_s).append(errors_s[position])
            self.inner_s.extend(errors_s[position + 1 : position + len(utterance)])
            position += len(utterance)
            self.ends_s.append(heard[position - 1].end_s - utterance[-1].end_s)

    def rows(self, how: str) -> Iterable[Row]:
        """The table's lines; `how` names what timed the words."""
        every_s = [*self.inner_s, *self.firsts_s, *self.later_firsts_s]
        for what, errors_s in (
            ("all word starts", every_s),
            ("starts of a window's first word", self.firsts_s),
            ("starts of a later utterance's first word", self.later_firsts_s),
            ("ends of utterances", self.ends_s),
        ):
            yield Row(f"{what}, by {how}", "p95 ≤ 150 ms", spread(errors_s))


@dataclass(frozen=True, slots=True)
class SegmentTimes:
    """Time tokens around each utterance minus where it is, in seconds."""

    starts_s: list[float]
    ends_s: list[float]

    def compare(self, window: Window, segments: Sequence[Any], listener: Listener) -> None:
        """Add one window, if it was heard as utterances of the right words.

        Tokens are read, for faster-whisper lets a window's only segment begin at 0 whatever the model wrote.
        """
        said = [normalise(" ".join(word.text for word in utterance)) for utterance in window.utterances]
        if said != [normalise(segment.text) for segment in segments]:
            return
        for utterance, segment in zip(window.utterances, segments, strict=True):
            first_s, last_s = listener.token_times_s(segment)
            self.starts_s.append(first_s - utterance[0].start_s)
            self.ends_s.append(last_s - utterance[-1].end_s)


class Exam:
    """Everything that is asked of a model; `share` below 1 asks less of the same."""

    def __init__(self, listener: Listener, data: Path, share: float) -> None:
        self._listener, self._share = listener, share
        self._examiner = Examiner(data, _SEED)

    def rows(self) -> Iterable[Row]:
        """All results, each when it is there."""
        yield Row("load", "< 2 s", f"{self._listener.load_s:.2f} s")
        known = {language: self._known(language) for language in grammar.LANGUAGES}
        yield from self._speed(known["en"][: self._count(60)])
        for language, windows in known.items():
            yield from self._every_way(f"{len(windows)} sentences, trained voices, {language}", "≤ 1.5 %", windows)
        yield from self._unknown()
        several = [self._examiner.several(lang) for lang in grammar.LANGUAGES for _ in range(self._count(_SEVERAL))]
        yield from self._every_way(f"{len(several)} windows of 2-5 utterances", "≤ 3 %", several)
        yield from self._short()
        yield self._languages([window for windows in known.values() for window in windows])
        timed = [w for windows in known.values() for w in windows[: self._count(_TIMED // 2)]]
        yield from self._times(timed + several[:: max(1, len(several) // self._count(20))])
        prompted = [w for windows in known.values() for w in windows[: self._count(_PROMPTED)]]
        yield from self._prompts(prompted)
        yield self._nothing()
        yield from exercise_rows(self._listener)

    def _count(self, full: int) -> int:
        return max(2, round(full * self._share))

    def _known(self, language: str) -> list[Window]:
        return [self._examiner.known_voice(language) for _ in range(self._count(_KNOWN))]

    def _hear(self, windows: Sequence[Window], fitted: bool) -> list[Heard]:
        return [self._listener.hear(window.sound, fitted) for window in windows]

    def _texts(self, windows: Sequence[Window], way: str) -> list[str]:
        if way == _DEFAULTS:
            return [self._listener.by_defaults(window.sound) for window in windows]
        return [heard.text for heard in self._hear(windows, way == _FITTED)]

    def _every_way(self, what: str, wanted: str, windows: Sequence[Window]) -> Iterable[Row]:
        for way in (_FITTED, _FULL, _DEFAULTS):
            yield Row(f"{what}, {way}", wanted, percent(errors_of(windows, self._texts(windows, way))))

    def _speed(self, windows: Sequence[Window]) -> Iterable[Row]:
        sound_s = sum(len(window.sound) for window in windows) / RATE_HZ
        full, fitted = (sum(h.seconds for h in self._hear(windows, fit)) for fit in (False, True))
        yield Row("real-time factor, one core, full context", "≤ 0.1", f"{full / sound_s:.3f}")
        yield Row("fitted context faster by", "≥ 4", f"{full / fitted:.1f}")

    def _unknown(self) -> Iterable[Row]:
        every: list[Window] = []
        for variant in voices.HELD_OUT_VARIANTS:
            windows = [
                self._examiner.unknown_voice(language, variant)
                for language in grammar.LANGUAGES
                for _ in range(self._count(_UNKNOWN_EACH))
            ]
            every += windows
            yield Row(
                f"variant never trained on: {variant}", "", percent(errors_of(windows, self._texts(windows, _FITTED)))
            )
        yield from self._every_way("variants never trained on, all", "≤ 5 %", every)

    def _short(self) -> Iterable[Row]:
        windows = [self._examiner.short(lang) for lang in grammar.LANGUAGES for _ in range(self._count(_SHORT))]
        for way in (_FITTED, _DEFAULTS):
            texts = self._texts(windows, way)
            right = sum(normalise(w.text) == normalise(text) for w, text in zip(windows, texts, strict=True))
            yield Row(f"texts of 1-4 words right, {way}", "≥ 97 %", f"{right} of {len(windows)}")

    def _languages(self, windows: Sequence[Window]) -> Row:
        right = sum(w.language == h.language for w, h in zip(windows, self._hear(windows, True), strict=True))
        return Row("language right", "≥ 99 %", f"{right} of {len(windows)}")

    def _times(self, windows: Sequence[Window]) -> Iterable[Row]:
        """Segment and word times, by faster-whisper and by the transcriber; the language is given as in a pipeline."""
        plain_times, own_times = WordTimes([], [], [], []), WordTimes([], [], [], [])
        by_tokens = SegmentTimes([], [])
        for window in windows:
            segments, _ = self._listener.transcribe(window.sound, language=window.language, word_timestamps=True)
            plain_times.compare(window, words_of(segments))
            own_times.compare(window, self._listener.timed_words(window.sound))
            segments, _ = self._listener.transcribe(window.sound, language=window.language)
            by_tokens.compare(window, segments, self._listener)
        yield from plain_times.rows("word_timestamps")
        yield from own_times.rows("the transcriber")
        yield Row("segment starts, by time tokens", "p95 ≤ 150 ms", spread(by_tokens.starts_s))
        yield Row("segment ends, by time tokens", "p95 ≤ 150 ms", spread(by_tokens.ends_s))

    def _prompts(self, windows: Sequence[Window]) -> Iterable[Row]:
        rng = random.Random(_SEED)
        plain = errors_of(windows, [h.text for h in self._hear(windows, True)])
        glossary = ", ".join(grammar.expand(lang, "gear", rng) for lang in grammar.LANGUAGES for _ in range(9))
        for what, wanted, prompt in (
            ("glossary as hotwords", "no rise", lambda: glossary),
            ("30 random words as prompt", "rise ≤ 0.5", lambda: _random_words(rng)),
        ):
            texts = [self._listener.hear(window.sound, True, prompt()).text for window in windows]
            errors = errors_of(windows, texts)
            yield Row(what, wanted, f"{percent(errors)} (without: {percent(plain)})")

    def _nothing(self) -> Row:
        """Words written of sounds that hold none."""
        each_s = _NOTHING_S * self._share / len(SILENT_KINDS)
        words: dict[str, int] = {}
        for kind in SILENT_KINDS:
            sound = self._examiner.nothing(kind, max(_SPLIT_S, each_s))
            pieces = [sound[n : n + int(_SPLIT_S * RATE_HZ)] for n in range(0, len(sound), int(_SPLIT_S * RATE_HZ))]
            found = sum(len(self._listener.hear(piece, True).text.split()) for piece in pieces)
            if found:
                words[kind] = found
        return Row("words on sounds without speech", "0", str(words or 0))


def exercise_rows(listener: Listener) -> Iterable[Row]:
    """The demo exercise, by channel and in all."""
    results = hear_exercise(listener)
    spoken = [result for result in results if result.errors.reference_chars]
    by_channel = ", ".join(f"{result.channel} {100 * result.errors.cer:.1f}" for result in spoken)
    yield Row("exercise, CER by channel", "", by_channel)
    yield Row("exercise, all channels", "≤ 3 %", percent(total(result.errors for result in spoken)))
    yield Row("words on its two channels without speech", "0", str(sum(result.invented_words for result in results)))


def errors_of(windows: Sequence[Window], texts: Sequence[str]) -> CharacterErrors:
    """Character errors of several windows together."""
    return total(score(window.text, text) for window, text in zip(windows, texts, strict=True))


def words_of(segments: Iterable[Any]) -> list[SpokenWord]:
    """faster-whisper's words."""
    found = [word for segment in segments for word in segment.words]
    return [SpokenWord(word.word, word.start, word.end, word.probability) for word in found]


def percent(errors: CharacterErrors) -> str:
    """Character error rate."""
    return f"{100 * errors.cer:.2f} %"


def spread(errors_s: Sequence[float]) -> str:
    """Median and 95th percentile of absolute errors, in ms."""
    if not errors_s:
        return "none to compare"
    sizes_ms = 1_000 * np.abs(errors_s)
    return f"median {np.median(sizes_ms):.0f} ms, p95 {np.percentile(sizes_ms, 95):.0f} ms, of {len(sizes_ms)}"


def _random_words(rng: random.Random) -> str:
    language = rng.choice(grammar.LANGUAGES)
    return " ".join(rng.choices(grammar.words(language), k=30))


def evaluate(exam: Exam, model: Path, show: Callable[[str], None]) -> None:
    """Examine the model and show one line per result."""
    began = time.monotonic()
    size_mb = sum(path.stat().st_size for path in model.iterdir()) / 1e6
    show(f"| size | ≤ 12 MB | {size_mb:.1f} MB |")
    for row in exam.rows():
        show(f"| {row.what} | {row.wanted} | {row.measured} |")
    show(f"{time.monotonic() - began:.0f} s")


def main() -> None:
    """Read the command line and examine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/demo"))
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache/earshot/training")
    parser.add_argument("--beam-size", type=int, default=5, help="1 decodes greedily")
    parser.add_argument("--share", type=float, default=1.0)
    chosen = parser.parse_args()
    data = voices.prepare_data(chosen.folder / "corpus" / "espeak-ng-data")
    exam = Exam(Listener(chosen.model, chosen.beam_size), data, chosen.share)
    evaluate(exam, chosen.model, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
