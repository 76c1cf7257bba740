import dataclasses

from bench.chaos.comparison import Place, Snapshot, commits_ahead, differences
from bench.chaos.outcome import Outcome

WINDOW = {"channel_id": "C01", "own_to": 16_000, "pcm": "abc"}
ROW = {"text": "bring the stretcher", "language": "en"}
EXPECTED = Outcome(
    windows={"/C01/0": [WINDOW], "/C01/512": [WINDOW]},
    transcripts={"/C01/0": 1, "/C01/512": 1},
    rows={"/C01/0/0": [ROW], "/C01/512/0": [ROW]},
)
AUDIO, WINDOWS = ("audio.pcm.C01", 0), ("speech.windows", 1)


def with_(**changes) -> Outcome:
    return dataclasses.replace(EXPECTED, **changes)


def test_equal_runs_have_no_differences():
    assert differences(EXPECTED, EXPECTED) == []


def test_a_window_sent_twice_and_answered_twice_is_no_difference():
    got = with_(windows={**EXPECTED.windows, "/C01/0": [WINDOW, WINDOW]}, transcripts={"/C01/0": 2, "/C01/512": 1})
    assert differences(EXPECTED, got) == []


def test_a_missing_and_a_new_window_are_named():
    windows = {"/C01/0": [WINDOW], "/C01/600": [WINDOW]}
    got = with_(windows=windows, transcripts={"/C01/0": 1, "/C01/600": 1})
    assert differences(EXPECTED, got) == ["window /C01/512 is missing", "window /C01/600 is new"]


def test_every_copy_of_a_window_is_compared():
    got = with_(
        windows={**EXPECTED.windows, "/C01/0": [WINDOW, {**WINDOW, "pcm": "abd"}]},
        transcripts={"/C01/0": 2, "/C01/512": 1},
    )
    assert differences(EXPECTED, got) == ["window /C01/0: pcm was 'abc' and is 'abd'"]


def test_a_window_answered_twice_or_never_is_named():
    got = with_(transcripts={"/C01/0": 2})
    assert differences(EXPECTED, got) == [
        "window /C01/0 lies 1 times in the log and has 2 transcripts",
        "window /C01/512 lies 1 times in the log and has 0 transcripts",
    ]


def test_missing_new_double_and_changed_rows_are_named():
    rows = {"/C01/0/0": [{**ROW, "text": "bring a stretcher"}, ROW], "/C01/0/1": [ROW]}
    assert differences(EXPECTED, with_(rows=rows)) == [
        "row /C01/512/0 is missing: bring the stretcher",
        "row /C01/0/1 is new: bring the stretcher",
        "row /C01/0/0 is there 2 times",
        "row /C01/0/0: text was 'bring the stretcher' and is 'bring a stretcher'",
    ]


def test_dead_letters_are_told():
    assert differences(EXPECTED, with_(dead_letters=("speech.windows[0]@7: no frame",))) == [
        "dead letter: speech.windows[0]@7: no frame"
    ]


def test_a_commit_past_the_sound_of_an_unpublished_window_is_found():
    place = Place("/C01/0", WINDOWS, offset=7, audio=AUDIO, audio_offset=40)
    assert commits_ahead([Snapshot(1.0, {AUDIO: 40}, {WINDOWS: 7})], [place]) == []
    assert commits_ahead([Snapshot(1.0, {AUDIO: 41}, {WINDOWS: 8})], [place]) == []
    (line,) = commits_ahead([Snapshot(1.0, {AUDIO: 41}, {WINDOWS: 7})], [place])
    assert "after 1.0 s" in line
    assert "committed 41" in line


def test_the_first_copy_of_a_window_counts_and_other_partitions_do_not():
    early = Place("/C01/0", WINDOWS, offset=3, audio=AUDIO, audio_offset=40)
    late = Place("/C01/0", WINDOWS, offset=9, audio=AUDIO, audio_offset=40)
    snapshots = [Snapshot(1.0, {AUDIO: 99}, {WINDOWS: 4}), Snapshot(2.0, {("audio.pcm.C02", 0): 99}, {WINDOWS: 0})]
    assert commits_ahead(snapshots, [late, early]) == []
