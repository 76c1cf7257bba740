"""What differs between two hearings of the exercise is counted once and where it belongs."""

from typing import Any

from bench.same import VARIANTS, compared

SAID = {"text": "the pump is on", "times": [[0, 10]], "scores": [-0.1]}


def heard(**changes: Any) -> dict[str, Any]:
    outcome = {"sound": "a", "windows": {"w": "1"}, "input": "i", "segments": {"w/0": SAID, "w/1": SAID}}
    return {**outcome, "made_by": "AVX2", "backend": "MKL", **changes}


def test_what_is_equal_is_the_same() -> None:
    row = compared(heard(), heard())
    assert row == {
        "set": "AVX2, MKL",
        **dict.fromkeys(("sound", "windows", "input"), "same"),
        **dict.fromkeys(("texts", "word times", "scores"), "2 same"),
    }


def test_each_difference_is_counted_and_times_only_where_the_text_is_equal() -> None:
    other = {"w/0": {**SAID, "text": "the pump is off", "times": [[0, 9]]}, "w/1": {**SAID, "times": [[0, 9]]}}
    row = compared(heard(), heard(sound="b", windows={"v": "1"}, input="j", segments=other))
    assert (row["sound"], row["windows"], row["input"]) == ("different", "2 different", "different")
    assert (row["texts"], row["word times"], row["scores"]) == ("1 of 2 different", "1 of 1 different", "1 same")


def test_a_segment_that_one_side_lacks_is_another_text() -> None:
    assert compared(heard(), heard(segments={"w/0": SAID}))["texts"] == "1 of 2 different"


def test_what_cannot_be_played_is_not_compared() -> None:
    assert compared(heard(), None) == {}


def test_the_first_variant_is_told_nothing() -> None:
    assert VARIANTS[0].variables == {}
