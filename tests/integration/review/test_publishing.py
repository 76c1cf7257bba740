"""Frames published again: paced, ended, shifted, and held back for live speech."""

import threading
import time

import pytest

from producers.pacing import Pacer
from review import publishing
from review.publishing import Brake, Naming, Republisher
from review.recording import Cut, merged
from review.search import find_session
from review.stages import SEGMENTER, TRANSCRIBER, Stages
from runtime.errors import Unavailable
from schemas.topics import WINDOWS
from tests.integration.review.support import ignore, never
from tests.support.committing import commit_ends
from tests.support.transcribing import noise_windows, publish_windows

CHANNELS = ("C01", "C02", "C03")


def frames_of(settings, session_id, channel):
    return [placed.frame for placed in find_session(settings.kafka, session_id, {}).frames(channel)]


def test_a_replay_that_is_stopped_ends_its_streams(recorded, settings, session_id):
    stop = threading.Event()
    seen = []

    def tell(placed):
        seen.append(placed)
        if len(seen) == 20:
            stop.set()

    republisher = Republisher(settings.kafka, Pacer(None, stop))
    republisher.publish(merged(recorded.recording, CHANNELS), Naming(session_id), tell)
    published = {channel: frames_of(settings, session_id, channel) for channel in CHANNELS}
    assert sum(map(len, published.values())) == 20 + len(CHANNELS)
    for frames in published.values():
        assert [frame.last for frame in frames] == [False] * (len(frames) - 1) + [True]
        assert frames[-1].first_sample == frames[-2].first_sample + 1536


def test_only_the_frames_of_the_cut_are_published(recorded, settings, session_id):
    republisher = Republisher(settings.kafka, Pacer(None, never()))
    republisher.publish(merged(recorded.recording, ("C01",), Cut(0.0, 1.0)), Naming(session_id), ignore)
    frames = frames_of(settings, session_id, "C01")
    assert frames[0].first_sample == 0
    assert [frame.first_sample for frame in frames[-2:]] == [15_360, 16_896]
    assert frames[-1].last


@pytest.mark.parametrize("live", [True, False])
def test_in_real_time_sound_is_captured_now_and_else_when_it_was(recorded, settings, session_id, live):
    before = time.time_ns() // 1000
    republisher = Republisher(settings.kafka, Pacer(None, never()))
    republisher.publish(merged(recorded.recording, ("C03",)), Naming(session_id, shift_to_now=live), ignore)
    old = frames_of(settings, recorded.session_id, "C03")
    new = frames_of(settings, session_id, "C03")
    shifts = {b.captured_at - a.captured_at for a, b in zip(old, new, strict=True)}
    if live:
        assert len(shifts) == 1
        assert before <= new[0].captured_at <= time.time_ns() // 1000
    else:
        assert shifts == {0}


@pytest.fixture
def waiting(settings, session_id):
    """So many windows wait for a transcriber that has committed all but them."""
    kafka = settings.kafka.model_copy(update={"group_prefix": session_id})
    publish_windows(kafka, noise_windows(session_id, publishing.MOST_WINDOWS_WAITING + 1))
    commit_ends(kafka, TRANSCRIBER, [WINDOWS.name], behind=publishing.MOST_WINDOWS_WAITING + 1)
    commit_ends(kafka, SEGMENTER, ["audio.pcm.C01"])
    return kafka


def test_a_replay_waits_while_windows_wait(waiting):
    brake = Brake(Stages(waiting), ["C01"], never())
    started = time.monotonic()
    timer = threading.Timer(1.0, lambda: commit_ends(waiting, TRANSCRIBER, [WINDOWS.name]))
    timer.start()
    brake.wait()
    timer.join()
    assert time.monotonic() - started >= 1.0
    assert brake.held_s >= 1.0


def test_stages_that_do_not_move_are_waited_for_only_once(waiting, monkeypatch):
    monkeypatch.setattr(publishing, "GIVE_UP_S", 0.5)
    monkeypatch.setattr(publishing, "LOOK_S", 0.1)
    brake = Brake(Stages(waiting), ["C01"], never())
    brake.wait()
    held_s = brake.held_s
    assert held_s >= 0.5
    time.sleep(0.15)
    monkeypatch.setattr(publishing, "GIVE_UP_S", 3600)  # a second wait would not end
    brake.wait()


def test_a_stage_that_stands_is_named(waiting):
    with pytest.raises(Unavailable, match="the transcriber has not moved"):
        Stages(waiting, stalled_s=0.3).wait_for({}, (TRANSCRIBER,))
