"""Replays that were stopped or killed: what is told, and that half of one never counts as a whole."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from threading import Event

import pytest

from review.publishing import push_segments
from review.replaying import Hooks, ReplayPlan, check_is_new, replay_private, replay_shared
from review.rows import read_origin
from review.search import find_session
from review.stages import SINK, Stages
from runtime.errors import ConfigError, Interrupted
from runtime.settings import child_environment
from tests.integration.review.support import earshot, hooks, ignore


def frames_in_log(settings, session_id) -> int:
    try:
        recording = find_session(settings.kafka, session_id, {})
    except ConfigError:
        return 0
    return sum(1 for channel in recording.channels for _ in recording.frames(channel))


def put_rows_of_half(settings, recorded, session_id) -> None:
    """What the stages would have made of the part that was played."""
    first, *_ = recorded.made.segments
    names = {
        name: getattr(first, name).replace(recorded.session_id, session_id, 1)
        for name in ("segment_id", "window_id", "utterance_id")
    }
    push_segments(settings.kafka, [replace(first, session_id=session_id, **names)])
    Stages(settings.kafka).wait_for({}, (SINK,))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_stopped_in_the_middle_it_is_half_a_replay_for_everybody(recorded, settings, store, session_id, number, status):
    command = [sys.executable, "-m", "earshot", "replay", recorded.session_id, "--as", session_id, "--speed", "0.2"]
    with subprocess.Popen(command, env=child_environment(settings), stderr=subprocess.PIPE, text=True) as child:
        try:
            deadline = time.monotonic() + 120
            while not frames_in_log(settings, session_id):
                assert child.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
            child.send_signal(number)
            _, said = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == status
    assert "Traceback" not in said
    assert "is done" not in said
    if number != signal.SIGKILL:
        assert f"told to stop before the end: {session_id} is half a replay" in said
    assert not read_origin(store, session_id).whole
    with pytest.raises(ConfigError, match="exists already, half a replay"):
        check_is_new(settings, store, session_id)

    put_rows_of_half(settings, recorded, session_id)
    compared = earshot(settings, "diff", recorded.session_id, session_id)
    assert f"B {session_id} is half a replay of {recorded.session_id}" in compared.output
    assert "the same:" not in compared.output
    measured = earshot(settings, "diff", recorded.session_id, session_id, "--max-cer", "1")
    assert measured.exit_code == 1
    assert "half a replay is not measured" in measured.output


def test_stopped_while_the_stages_work_on_it_it_has_not_seen_its_rows(recorded, settings, store, session_id):
    stop, turns = Event(), iter(range(3))

    def watch() -> None:
        if next(turns, None) is None:
            stop.set()

    plan = ReplayPlan(recorded.recording, session_id, recorded.recording.channels)
    with pytest.raises(Interrupted, match="is half a replay"):
        replay_shared(settings, store, plan, Hooks(stop, ignore, watch))
    assert not read_origin(store, session_id).whole
    assert frames_in_log(settings, session_id) >= frames_in_log(settings, recorded.session_id)


def test_of_a_private_one_that_is_stopped_early_nothing_is_kept_and_its_name_is_free(
    recorded, settings, store, session_id
):
    stop = Event()
    plan = ReplayPlan(recorded.recording, session_id, recorded.recording.channels, overrides={"whisper.beam_size": "1"})
    with pytest.raises(Interrupted, match="nothing of the replay was kept"):
        replay_private(settings, store, plan, Hooks(stop, lambda placed: stop.set(), lambda: None))
    check_is_new(settings, store, session_id)
    replay_private(settings, store, plan, hooks())
    assert read_origin(store, session_id).whole
    found = earshot(settings, "diff", recorded.session_id, session_id)
    assert "half" not in found.output


def test_a_private_one_that_is_stopped_near_its_end_is_half(recorded, settings, store, session_id):
    stop = Event()
    last = max(
        placed.frame.captured_at
        for channel in recorded.recording.channels
        for placed in recorded.recording.frames(channel)
    )
    plan = ReplayPlan(recorded.recording, session_id, recorded.recording.channels, overrides={"whisper.beam_size": "2"})

    def tell(placed) -> None:
        if placed.frame.captured_at == last:
            stop.set()

    with pytest.raises(Interrupted, match="is half a replay"):
        replay_private(settings, store, plan, Hooks(stop, tell, lambda: None))
    Stages(settings.kafka).wait_for({}, (SINK,))
    compared = earshot(settings, "diff", recorded.session_id, session_id)
    assert f"B {session_id} is half a replay of {recorded.session_id}" in compared.output
