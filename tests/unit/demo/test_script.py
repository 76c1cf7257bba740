import json
from itertools import pairwise
from pathlib import Path

import av
import pytest

from demo.script import Exercise, load_exercise
from models.training import grammar

DEMO = Path(__file__).parents[3] / "demo"
LARGEST_AUDIO_BYTES = 6_000_000
NOTHING_SAID = ("C15", "C16")


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return load_exercise()


@pytest.fixture(scope="module")
def truth() -> list[dict]:
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


def test_there_are_sixteen_channels(exercise: Exercise) -> None:
    assert [channel.channel_id for channel in exercise.channels] == [f"C{n:02d}" for n in range(1, 17)]


def test_every_word_is_one_that_the_model_knows(exercise: Exercise) -> None:
    said = {
        (line.language, word)
        for channel in exercise.channels
        for line in channel.lines
        for word in line.text.replace(",", " ").replace(".", " ").split()
    }
    assert {(language, word) for language, word in said if word not in grammar.words(language)} == set()


def test_two_channels_mix_languages_and_two_say_nothing(exercise: Exercise) -> None:
    languages = [{line.language for line in channel.lines} for channel in exercise.channels]
    assert sum(len(found) == 2 for found in languages) == 2
    assert [c.channel_id for c in exercise.channels if not c.lines] == list(NOTHING_SAID)


def test_the_truth_is_what_the_script_says(exercise: Exercise, truth: list[dict]) -> None:
    said = [(c.channel_id, line.text, line.language) for c in exercise.channels for line in c.lines]
    assert [(row["channel"], row["text"], row["language"]) for row in truth] == said


def test_nobody_on_a_channel_interrupts(exercise: Exercise, truth: list[dict]) -> None:
    for one, following in pairwise(truth):
        assert 0 <= one["start_s"] < one["end_s"] <= exercise.duration_s
        if one["channel"] == following["channel"]:
            assert one["end_s"] < following["start_s"]


def test_the_non_stop_talker_makes_no_pause(exercise: Exercise, truth: list[dict]) -> None:
    (talker,) = [channel.channel_id for channel in exercise.channels if channel.continuous]
    rows = [row for row in truth if row["channel"] == talker]
    assert all(after["start_s"] - before["end_s"] < 0.3 for before, after in pairwise(rows))
    assert rows[-1]["end_s"] - rows[0]["start_s"] > 0.95 * exercise.duration_s


def test_the_sound_is_there_and_small(exercise: Exercise) -> None:
    files = sorted((DEMO / "audio").glob("*.ogg"))
    assert [file.stem for file in files] == [channel.channel_id for channel in exercise.channels]
    assert sum(file.stat().st_size for file in files) <= LARGEST_AUDIO_BYTES


@pytest.mark.parametrize("channel", ["C01", "C16"])
def test_the_sound_is_as_long_as_the_exercise(exercise: Exercise, channel: str) -> None:
    with av.open(str(DEMO / "audio" / f"{channel}.ogg")) as container:
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    assert seconds == pytest.approx(exercise.duration_s, abs=0.1)
