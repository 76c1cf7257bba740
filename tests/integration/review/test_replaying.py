"""A replay with settings of its own says exactly what those settings change."""

from dataclasses import replace
from threading import Event

import pytest

from review.comparison import Difference, compare
from review.recording import Cut, merged
from review.replaying import ReplayPlan, check_is_new, replay_private, replay_shared
from review.rows import Part, read_origin, read_session
from review.windows import NOWHERE
from runtime.errors import ConfigError, Interrupted
from tests.integration.review.support import earshot, hooks


def replayed(settings, store, recorded, name, **changes):
    plan = ReplayPlan(recorded.recording, name, recorded.recording.channels, **changes)
    made = replay_private(settings, store, plan, hooks())
    return made, compare(read_session(store, recorded.session_id), read_session(store, name))


def test_windows_are_a_function_of_the_sound_bit_for_bit(recorded, pipeline):
    again = pipeline.run(merged(recorded.recording, recorded.recording.channels), recorded.session_id)
    assert again.windows == recorded.made.windows
    assert [one.text for one in again.segments] == [one.text for one in recorded.made.segments]
    assert len(again.windows) >= 3


def test_the_same_settings_give_the_same_rows(recorded, settings, store, session_id):
    made, found = replayed(settings, store, recorded, session_id, overrides={"whisper.beam_size": "2"})
    assert found.is_same
    assert found.total.cer == found.total.wer == 0
    assert found.differences == ()
    assert found.windows.only_old == found.windows.only_new == 0
    assert found.groups_compared == len(recorded.made.segments)
    renamed = [_named(window, recorded.session_id) for window in made.windows]
    assert renamed == recorded.made.windows  # PCM, spans and coordinates of the sound included


@pytest.mark.parametrize("replay", [replay_private, replay_shared])
def test_told_to_stop_before_anything_was_played_it_says_so(recorded, settings, store, session_id, replay):
    plan = ReplayPlan(recorded.recording, session_id, recorded.recording.channels)
    told = replace(hooks(), stop=Event())
    told.stop.set()
    with pytest.raises(Interrupted, match="nothing of the replay was kept"):
        replay(settings, store, plan, told)
    check_is_new(settings, store, session_id)


def test_other_beams_are_reported_as_that_and_nothing_else(recorded, settings, store, session_id):
    _, found = replayed(settings, store, recorded, session_id, overrides={"whisper.beam_size": "1"})
    names = {item.name for item in found.differences}
    assert names == {"whisper.beam_size", "beam_size"}
    assert Difference("whisper.beam_size", "2", "1") in found.differences
    assert found.windows.only_old == found.windows.only_new == 0
    assert not found.corrections


def test_another_vad_threshold_is_reported_as_that_and_moves_windows(recorded, settings, store, session_id):
    overrides = {"vad.silence_ms": "2000", "vad.pre_roll_ms": "400"}
    _, found = replayed(settings, store, recorded, session_id, overrides=overrides)
    assert [item for item in found.differences if not item.count] == [
        Difference("vad.silence_ms", "500", "2000"),
        Difference("vad.pre_roll_ms", "300", "400"),
    ]
    assert {item.name for item in found.differences if item.count} <= {"context_frames"}
    assert found.windows.only_old > 0
    assert not found.is_same


def test_another_term_is_reported_as_that_correction(recorded, settings, store, session_id, tmp_path):
    heard = max((word for segment in recorded.made.segments for word in segment.text_raw.split()), key=len)
    (tmp_path / "glossary.yaml").write_text(f"- term: Planted\n  aliases: [{heard}]\n", encoding="utf-8")
    made, found = replayed(settings, store, recorded, session_id, glossary=tmp_path / "glossary.yaml")
    corrected = [segment for segment in made.segments if segment.corrections]
    assert corrected
    assert {item.change.term for item in found.corrections} == {"Planted"}
    assert {item.made_by for item in found.corrections} == {"B"}
    assert {group.kind for group in found.groups} == {"glossary"}
    assert {item.name for item in found.differences} == {"glossary_version"}


def test_a_part_is_played_and_only_its_text_kept(recorded, settings, store, session_id):
    made, _ = replayed(settings, store, recorded, session_id, overrides={"whisper.beam_size": "2"}, cut=Cut(3.0, 4.5))
    rows = read_session(store, session_id).rows
    assert rows
    assert all(row.end_s > 3.0 for row in rows)
    assert read_origin(store, session_id).part == Part(frozenset(), 3.0, 4.5)
    assert all(window.own_to <= 4.6 * 16_000 for window in made.windows)


def test_a_replay_of_one_channel_is_compared_with_that_channel_only(recorded, settings, store, session_id):
    arguments = ("--as", session_id, "--channels", "C02", "--set", "whisper.beam_size=2")
    result = earshot(settings, "replay", recorded.session_id, *arguments)
    assert result.exit_code == 0, result.output
    found = compare(read_session(store, recorded.session_id), read_session(store, session_id))
    assert found.is_same
    assert found.channels.keys() == {"C02"}


def test_where_a_replay_came_from_is_written_down_and_its_latency_is_not_counted(recorded, settings, store, session_id):
    replayed(settings, store, recorded, session_id, overrides={"whisper.beam_size": "1"})
    origin = read_origin(store, session_id)
    assert (origin.of_session, origin.live) == (recorded.session_id, False)
    assert origin.overrides == {"whisper.beam_size": "2"}
    assert origin.settings["whisper.beam_size"] == "1"
    assert read_session(store, session_id).latency is None
    assert read_session(store, recorded.session_id).latency is not None


def test_a_name_that_is_taken_is_refused(recorded, settings, store):
    with pytest.raises(ConfigError, match="exists already"):
        check_is_new(settings, store, recorded.session_id)


def test_a_fixture_is_replayed_by_the_command_and_has_no_place_in_the_log(recorded, settings, store, session_id):
    result = earshot(settings, "replay", str(recorded.folder), "--as", session_id, "--set", "whisper.beam_size=2")
    assert result.exit_code == 0, result.output
    assert f"next: earshot diff {recorded.session_id} {session_id}" in result.output
    assert all(row.audio is None for row in read_session(store, session_id).rows)
    result = earshot(settings, "diff", recorded.session_id, session_id, "--max-cer", "0")
    assert result.exit_code == 0, result.output
    assert "the same" in result.output


def _named(window, session_id):
    own = f"{window.session_id}/"
    there = f"{session_id}/"
    assert window.audio != NOWHERE
    return replace(
        window,
        session_id=session_id,
        window_id=window.window_id.replace(own, there, 1),
        utterance_id=window.utterance_id.replace(own, there, 1),
    )
