import dataclasses

from bench.chaos.outcome import Outcome, rows_by_segment, window_record
from schemas.events import AudioSpan, SpeechWindow

WINDOW = SpeechWindow(
    session_id="s",
    channel_id="C01",
    window_id="s/C01/512",
    utterance_id="s/C01/512",
    first_sample=0,
    own_from=512,
    own_to=1536,
    voiced_samples=512,
    speech_to=1024,
    utterance_end=True,
    final=True,
    revision=0,
    sample_rate=16_000,
    captured_at=1,
    pcm=b"\1\2",
    audio=AudioSpan("audio.pcm.C01", 0, 3, 4),
)


def test_session_time_and_place_make_no_difference():
    other = dataclasses.replace(
        WINDOW,
        session_id="other",
        window_id="other/C01/512",
        utterance_id="other/C01/512",
        captured_at=2,
        audio=AudioSpan("audio.pcm.C01", 1, 90, 91),
    )
    assert window_record(WINDOW) == window_record(other)


def test_sound_and_every_other_field_do():
    changes = {"pcm": b"\1\3", "own_to": 1537, "speech_to": 1, "utterance_end": False, "voiced_samples": 1}
    for field, value in changes.items():
        assert window_record(WINDOW) != window_record(dataclasses.replace(WINDOW, **{field: value})), field


def test_rows_are_gathered_by_segment_without_the_session():
    rows = [("s/C01/0/0", "a"), ("s/C01/0/0", "b"), ("s/C01/9/0", "c")]
    assert rows_by_segment("s", ("segment_id", "text"), rows) == {
        "/C01/0/0": [{"text": "a"}, {"text": "b"}],
        "/C01/9/0": [{"text": "c"}],
    }


def test_what_is_saved_is_loaded(tmp_path):
    outcome = Outcome({"/C01/0": [window_record(WINDOW)]}, {"/C01/0": 1}, {"/C01/0/0": [{"text": "혈압"}]}, ("x",))
    outcome.save(tmp_path / "reference.json")
    assert Outcome.load(tmp_path / "reference.json") == outcome
    assert [path.name for path in tmp_path.iterdir()] == ["reference.json"]
