"""A replay through the real stages as processes: the same windows, bit for bit, and text."""

import sys
from contextlib import ExitStack
from dataclasses import replace

import pytest

from local.child import ChildOptions, start_child, stop_child
from producers.pacing import Pacer
from review.comparison import compare
from review.fixture_file import read_fixture
from review.publishing import Naming, Republisher
from review.recording import merged
from review.replaying import ReplayPlan, open_recording, replay_shared
from review.rows import read_session
from review.spans import read_spans, whole
from review.stages import GLOSSARY, SEGMENTER, TRANSCRIBER
from runtime.settings import child_environment
from schemas.audio import SAMPLE_RATE_HZ
from schemas.codec import decode
from schemas.events import SpeechWindow
from schemas.topics import AUDIO, TRANSCRIPTS, TRANSCRIPTS_INTERIM, WINDOWS
from tests.integration.review.support import earshot, hooks, ignore, never
from tests.support.committing import commit_ends

INPUTS = {
    SEGMENTER: tuple(topic.name for topic in AUDIO),
    TRANSCRIBER: (WINDOWS.name,),
    GLOSSARY: (TRANSCRIPTS.name, TRANSCRIPTS_INTERIM.name),
}


@pytest.fixture
def stages(settings, tmp_path):
    """Settings of stages that run, and that begin after all that other tests have left in the log."""
    local = settings.local.model_copy(update={"data_dir": str(tmp_path)})
    own = settings.model_copy(update={"local": local})
    for stage, topics in INPUTS.items():
        commit_ends(own.kafka, stage, topics)
    with ExitStack() as stack:
        for stage in INPUTS:
            output = stack.enter_context((tmp_path / f"{stage}.log").open("wb"))
            options = ChildOptions(environment=child_environment(own), output=output)
            child = start_child([sys.executable, "-m", "earshot", "run", stage], options)
            stack.callback(stop_child, child, 10)
        yield own


def windows_of(kafka, session_id):
    """The final windows of a session, by their place in the stream, without what a name or a log offset is in."""
    found = {}
    for record in read_spans(kafka, whole(kafka, [WINDOWS.name])):
        if (record.key or b"").startswith(f"{session_id}/".encode()):
            window = decode(SpeechWindow, record.value)
            place = window.window_id.partition("/")[2]
            assert place not in found
            utterance = window.utterance_id.partition("/")[2]
            found[place] = replace(window, session_id="", window_id=place, utterance_id=utterance, audio=None)
    return found


@pytest.mark.slow
def test_a_replay_at_full_speed_gives_the_same_windows_and_text(stages, recorded, store, session_id):
    fixture = replace(read_fixture(recorded.folder), session_id=session_id)
    first, second = f"{session_id}-a", f"{session_id}-b"
    replay_shared(stages, store, ReplayPlan(fixture, first, fixture.channels), hooks())
    recording = open_recording(stages, store, first)
    assert recording.channels == fixture.channels
    replay_shared(stages, store, ReplayPlan(recording, second, recording.channels), hooks())

    old, new = windows_of(stages.kafka, first), windows_of(stages.kafka, second)
    assert old == new
    assert len(old) == len(recorded.made.windows)
    assert {place: window.pcm for place, window in new.items()} == {
        window.window_id.partition("/")[2]: window.pcm for window in recorded.made.windows
    }
    found = compare(read_session(store, first), read_session(store, second))
    assert found.is_same
    assert found.differences == ()
    assert found.groups_compared == len(recorded.made.segments)
    rows = found.new.rows
    alone = {segment.segment_id.partition("/")[2]: segment.text for segment in recorded.made.segments}
    assert {row.segment_id.partition("/")[2]: row.text for row in rows} == alone  # one process hears what many hear
    assert all(row.audio is not None for row in rows)
    frames = {placed.offset for placed in merged(open_recording(stages, store, second), fixture.channels)}
    assert all(row.audio.first_offset in frames for row in rows)
    assert max(row.end_sample for row in rows) < 10 * SAMPLE_RATE_HZ


@pytest.fixture
def unheard(settings, recorded, session_id):
    """The recorded session under another name, of which the stages that come have done everything, and nothing is."""
    fixture = replace(read_fixture(recorded.folder), session_id=session_id)
    frames = merged(fixture, fixture.channels)
    Republisher(settings.kafka, Pacer(None, never())).publish(frames, Naming(session_id), ignore)
    return session_id


@pytest.mark.slow
def test_of_a_session_of_which_only_sound_is_left_every_row_is_made(unheard, stages, recorded, store):
    result = earshot(stages, "recover", "--session", unheard)
    assert result.exit_code == 0, result.output
    assert f"{len(recorded.made.windows)} windows are cut from the sound" in result.output
    rows = {row.segment_id.partition("/")[2]: row.text for row in read_session(store, unheard).rows}
    assert rows == {segment.segment_id.partition("/")[2]: segment.text for segment in recorded.made.segments}
    again = earshot(stages, "recover", "--session", unheard, "--from-sound")
    assert (again.exit_code, f"{unheard}: nothing to make again" in again.output) == (0, True)
