from dataclasses import replace

from earshot.live_lines import EXPIRY_S, LiveLines
from tests.support.transcripts import segment


def guess(text: str, revision: int = 1, index: int = 0, piece: int = 0):
    made = segment("s", index, text, final=False, revision=revision)
    return replace(made, segment_id=f"{made.window_id}/{piece}", start_sample=made.start_sample + piece)


def shown(lines: LiveLines, now: float = 0.0) -> list[str]:
    return [text for _, text in lines.guesses(now)]


def test_a_newer_guess_replaces_the_older():
    lines = LiveLines()
    assert lines.take(guess("hold"), 0) is None
    lines.take(guess("hold posi", revision=2), 0)
    lines.take(guess("hol", revision=1), 0)
    assert shown(lines) == ["hold posi"]


def test_the_pieces_of_one_guess_stand_together():
    lines = LiveLines()
    lines.take(guess("Out", piece=1), 0)
    lines.take(guess("Hold.", piece=0), 0)
    assert shown(lines) == ["Hold. Out"]


def test_a_final_ends_the_guess_and_is_written_down():
    lines = LiveLines()
    lines.take(guess("hold"), 0)
    final = segment("s", 0, "hold position")
    assert lines.take(final, 0) is final
    assert shown(lines) == []
    lines.take(guess("hold posit", revision=9), 0)  # late
    assert shown(lines) == []


def test_a_final_of_the_window_before_leaves_the_guess():
    lines = LiveLines()
    lines.take(guess("out", index=2), 0)
    lines.take(segment("s", 1), 0)
    assert shown(lines) == ["out"]


def test_streams_are_apart_and_in_order_of_channels():
    lines = LiveLines()
    lines.take(replace(guess("two"), channel_id="C02", window_id="s/C02/0"), 0)
    lines.take(guess("one"), 0)
    assert shown(lines) == ["one", "two"]


def test_a_guess_that_nothing_follows_goes_away():
    lines = LiveLines()
    lines.take(guess("hold"), 0)
    assert shown(lines, EXPIRY_S) == ["hold"]
    assert shown(lines, EXPIRY_S + 0.1) == []
