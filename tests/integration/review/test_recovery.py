"""Rows made again, from whatever step of the log still holds what they come from."""

from dataclasses import replace

import pytest

from producers.pacing import Pacer
from review.audit.session_audit import Auditor
from review.fixture_file import read_fixture
from review.publishing import Naming, Republisher, push_segments
from review.recording import merged
from review.recovery import Recoverer, Recovery
from review.rows import read_session
from review.search import find_session
from review.stages import SEGMENTER, SINK, Stages
from runtime.errors import ConfigError
from tests.integration.review.support import earshot, ignore, never
from tests.integration.review.test_auditing import INPUTS, STARTS, Told, tell  # noqa: F401 - a fixture
from tests.support.committing import commit_ends


@pytest.fixture
def plan(settings, store, sink):
    """What would be made again of a session."""

    def planned(session: str, *, from_sound: bool = False) -> Recovery:
        audit = Auditor(settings.kafka, store).audit(session)
        return Recoverer(settings, store, lambda: None).plan(audit, from_sound=from_sound)

    return planned


def rows_of(store, session):
    return {row.segment_id: row.text for row in read_session(store, session).rows}


def test_nothing_is_made_again_where_nothing_is_missing(tell, plan, settings):  # noqa: F811
    session = tell(Told())
    assert plan(session).is_empty
    result = earshot(settings, "recover", "--session", session)
    assert (result.exit_code, f"{session}: nothing to make again" in result.output) == (0, True)


def test_rows_that_went_from_the_table_come_back_from_the_segments(tell, store, settings):  # noqa: F811
    session = tell(Told())
    before = rows_of(store, session)
    where = f"session_id = '{session}' AND start_sample > 0"
    store.ask(f"ALTER TABLE segments DELETE WHERE {where} SETTINGS mutations_sync = 2")
    result = earshot(settings, "recover", "--session", session, "--dry-run")
    assert result.exit_code == 1
    assert "2 segments without a row go to the sink (not done)" in result.output
    assert len(rows_of(store, session)) == 1
    result = earshot(settings, "recover", "--session", session)
    assert result.exit_code == 0, result.output
    assert rows_of(store, session) == before


def test_segments_that_were_never_made_are_made_from_the_transcripts(tell, store, settings):  # noqa: F811
    session = tell(Told(segments=()))
    result = earshot(settings, "recover", "--session", session)
    assert result.exit_code == 0, result.output
    assert "3 segments are made from transcripts and go to the sink" in result.output
    assert rows_of(store, session) == {f"{session}/C01/{start}/0": "hold position" for start in STARTS}
    assert store.ask("SELECT count() FROM latency WHERE session_id = {s:String}", {"s": session}).rows == [(0,)]


def test_what_is_made_again_and_comes_late_after_all_counts_once(tell, store, settings):  # noqa: F811
    session = tell(Told(segments=()))
    plan = Recoverer(settings, store, lambda: None).plan
    late = plan(Auditor(settings.kafka, store).audit(session), from_sound=False).corrected
    assert earshot(settings, "recover", "--session", session).exit_code == 0
    push_segments(settings.kafka, late)
    Stages(settings.kafka).wait_for({}, (SINK,))
    assert store.ask("SELECT count() FROM transcript WHERE session_id = {s:String}", {"s": session}).rows == [(3,)]
    assert Auditor(settings.kafka, store).audit(session).adds_up


def test_windows_that_nobody_transcribed_go_to_the_transcriber_as_they_were(tell, plan):  # noqa: F811
    session = tell(Told(transcripts=STARTS[:1], segments=STARTS[:1]))
    recovery = plan(session)
    assert [window.window_id for window in recovery.windows] == [f"{session}/C01/{start}" for start in STARTS[1:]]
    assert (recovery.segments, recovery.corrected, recovery.made) == ((), (), ())


def test_what_only_waits_is_not_made_a_second_time(tell, plan):  # noqa: F811
    session = tell(Told(transcripts=(), segments=(), done=(SEGMENTER,)))
    with pytest.raises(ConfigError, match=r"not everything has been worked on yet.*3 wait for the transcriber"):
        plan(session)


def test_where_only_the_sound_is_left_its_windows_are_what_they_were(recorded, settings, plan, session_id):
    fixture = replace(read_fixture(recorded.folder), session_id=session_id)
    republisher = Republisher(settings.kafka, Pacer(None, never()))
    republisher.publish(merged(fixture, fixture.channels), Naming(session_id), ignore)
    commit_ends(settings.kafka, SEGMENTER, INPUTS[SEGMENTER])
    made = {window.window_id.partition("/")[2]: window for window in plan(session_id).made}
    assert made.keys() == {window.window_id.partition("/")[2] for window in recorded.made.windows}
    spans = dict(find_session(settings.kafka, session_id, {}).spans)
    for window in recorded.made.windows:
        again = made[window.window_id.partition("/")[2]]
        assert (again.own_from, again.own_to, again.pcm) == (window.own_from, window.own_to, window.pcm)
        span = spans[window.channel_id]
        assert span.first_offset <= again.audio.first_offset <= again.audio.last_offset < span.end_offset


def test_of_the_sound_only_what_no_step_knows_is_made_again(recorded, settings, plan, session_id):
    fixture = replace(read_fixture(recorded.folder), session_id=session_id)
    republisher = Republisher(settings.kafka, Pacer(None, never()))
    republisher.publish(merged(fixture, fixture.channels), Naming(session_id), ignore)
    commit_ends(settings.kafka, SEGMENTER, INPUTS[SEGMENTER])
    everything = plan(session_id, from_sound=True).made
    known, *lost = everything
    original = next(one for one in recorded.made.segments if one.window_id.endswith(known.window_id.partition("/")[2]))
    push_segments(
        settings.kafka,
        [
            replace(
                original,
                session_id=session_id,
                window_id=known.window_id,
                utterance_id=known.utterance_id,
                segment_id=f"{known.window_id}/0",
                start_sample=known.own_from,
                end_sample=known.own_to,
                audio=known.audio,
            )
        ],
    )
    Stages(settings.kafka).wait_for({}, (SINK,))
    made = [window.window_id for window in plan(session_id, from_sound=True).made]
    assert made == [window.window_id for window in lost]
