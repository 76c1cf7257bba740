from dataclasses import replace

import pytest

from review.audit.channel_account import ChannelAccount, Part, figures, total
from review.audit.stream_tally import StreamTally
from schemas.events import SampleSpan
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS
from tests.support.speech_windows import Span, window
from tests.support.transcripts import segment, spoken, transcript

STARTS = (0, 32_000, 64_000)
DONE = {(topic.name, 0): 1_000_000 for topic in (WINDOWS, TRANSCRIPTS, SEGMENTS)}
HEARD, MADE = (TRANSCRIPTS.name, 0, 0), (SEGMENTS.name, 0, 0)


def account(windows=STARTS, transcripts=STARTS, segments=STARTS, rows=STARTS) -> ChannelAccount:
    """A channel on which three windows of two words each were spoken; each step may have lost some."""
    made = ChannelAccount("C01")
    for start in windows:
        made.take_window(window(Span(start, start, start + 16_000, start + 16_000)), (WINDOWS.name, 0, start))
    for start in transcripts:
        heard = transcript("s", spoken("hold", "position", start=start), own_from=start)
        made.take_transcript(heard, (TRANSCRIPTS.name, 0, start))
    for start in segments:
        made.take_segment(segment("s", start // 16_000), (SEGMENTS.name, 0, start))
    for start in rows:
        made.rows[f"s/C01/{start}/0"] = Part(f"s/C01/{start}", 2, (start, start + 16_000))
    return made


def steps(made: ChannelAccount) -> list[str]:
    return [fault.step for fault in made.faults(DONE)]


def test_a_session_of_which_all_is_there_adds_up():
    assert account().faults(DONE) == []


@pytest.mark.parametrize(
    ("lost", "step", "words"),
    [
        (
            {"transcripts": STARTS[:1], "segments": STARTS[:1], "rows": STARTS[:1]},
            "transcriber",
            "2 windows have no tr",
        ),
        ({"segments": STARTS[1:], "rows": STARTS[1:]}, "glossary", "1 transcripts are not whole in segments: s/C01/0"),
        ({"rows": STARTS[:2]}, "sink", "1 segments have no row: s/C01/64000/0"),
    ],
)
def test_what_a_step_owes_is_named(lost, step, words):
    (fault,) = account(**lost).faults(DONE)
    assert fault.step == step
    assert fault.text.startswith(f"C01: {words}")


@pytest.mark.parametrize(
    ("lost", "topic"),
    [
        ({"transcripts": STARTS[1:], "segments": STARTS[1:], "rows": STARTS[1:]}, WINDOWS.name),
        ({"segments": STARTS[1:], "rows": STARTS[1:]}, TRANSCRIPTS.name),
        ({"rows": STARTS[1:]}, SEGMENTS.name),
    ],
)
def test_a_dead_letter_accounts_for_one_thing_of_its_topic(lost, topic):
    made = account(**lost)
    made.letters["another"] += 1
    assert len(made.faults(DONE)) == 1
    made.letters[topic] += 1
    assert made.faults(DONE) == []


def test_of_two_lost_things_one_dead_letter_explains_one():
    made = account(rows=STARTS[:1])
    made.letters[SEGMENTS.name] += 1
    (fault,) = made.faults(DONE)
    assert "2 segments have no row, of which dead letters explain 1" in fault.text


def test_what_was_lost_in_an_emptied_topic_shows_though_later_steps_have_nothing_to_miss():
    assert steps(account(transcripts=(), segments=(), rows=())) == ["transcriber"]


def test_what_is_stored_needs_no_topic_any_more():
    assert account(windows=(), transcripts=(), segments=()).faults(DONE) == []
    assert account(transcripts=(), segments=()).faults(DONE) == []
    assert account(segments=()).faults(DONE) == []


def test_a_sentence_that_is_missing_of_a_window_is_found_by_its_words():
    made = account(segments=STARTS[1:], rows=STARTS[1:])
    made.take_transcript(transcript("s", spoken("hold", "position", "and", "wait", start=0), own_from=0), HEARD)
    made.take_segment(segment("s", 0), MADE)
    made.rows["s/C01/0/0"] = Part("s/C01/0", 2, (0, 16_000))
    assert steps(made) == ["glossary"]
    made.rows["s/C01/0/1"] = Part("s/C01/0", 2, (16_000, 32_000))
    assert made.faults(DONE) == []


def test_a_transcript_without_text_owes_nothing():
    made = account(segments=STARTS[1:], rows=STARTS[1:])
    made.take_transcript(transcript("s", (), own_from=0, rejected="no_speech"), HEARD)
    assert made.faults(DONE) == []
    assert made.withheld == 1


def test_a_segment_that_comes_again_counts_once():
    made = account()
    for _ in range(2):
        made.take_segment(segment("s", 0, text="hold positions"), MADE)
    assert made.faults(DONE) == []
    assert figures(made)["segments"] == 3
    assert made.words["s/C01/0"] == 2


def test_windows_that_own_the_same_samples_are_told():
    made = account()
    made.take_window(window(Span(8_000, 8_000, 20_000, 20_000)), (WINDOWS.name, 0, 1))
    made.take_transcript(transcript("s", (), own_from=8_000, rejected="no_speech"), HEARD)
    (fault,) = made.faults(DONE)
    assert (fault.step, "s/C01/8000" in fault.text) == ("segmenter", True)


def test_figures_are_summed_over_channels():
    one, two = account(), account(rows=STARTS[:2])
    one.sound = StreamTally(frames=10, samples=16_000, gap_samples=8_000)
    two.sound = replace(one.sound, first_sample=4_000, is_cut=True)
    two.take_transcript(
        transcript("s", spoken("hold", "position", start=0), own_from=0, uncovered=(SampleSpan(0, 24_000),)),
        HEARD,
    )
    assert figures(two)["uncovered_s"] == 1.5
    assert total([one, two]) == {
        "frames": 20, "sound_s": 2.0, "gaps_s": 1.0, "expired_s": 0.25, "windows": 6, "transcripts": 6,
        "no_text": 0, "uncovered_s": 1.5, "segments": 6, "rows": 5, "letters": 0,
    }  # fmt: skip


def test_what_lies_before_its_stage_may_come_yet():
    made = account(transcripts=STARTS[:1], segments=STARTS[:1], rows=STARTS[:1])
    for committed, waiting in ((0, 2), (32_000, 2), (32_001, 1), (64_001, 0)):
        (fault,) = made.faults({(WINDOWS.name, 0): committed})
        assert fault.is_waiting == (waiting == 2)
        assert (f"({waiting} wait for the transcriber and may come yet)" in fault.text) == (waiting > 0)


def test_what_is_owned_is_known_from_every_step():
    made = account(windows=STARTS[:1], transcripts=STARTS[1:2], segments=(), rows=STARTS[2:])
    assert [start for start, _ in made.owned] == list(STARTS)


def test_speech_of_which_nothing_was_written_owes_its_mark():
    made = account(segments=STARTS[1:], rows=STARTS[1:])
    silent = transcript("s", (), own_from=0, rejected="no_speech", uncovered=(SampleSpan(0, 8_000),))
    made.take_transcript(silent, HEARD)
    assert steps(made) == ["glossary"]
    made.take_segment(replace(segment("s", 0), text="", text_raw="", words=()), MADE)
    made.rows["s/C01/0/0"] = Part("s/C01/0", 0, (0, 8_000))
    assert made.faults(DONE) == []
