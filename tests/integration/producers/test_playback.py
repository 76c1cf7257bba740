"""Files played into a real session: gaps, several rates, cut-off files, resuming."""

import threading
from pathlib import Path

import numpy as np

from producers.mapping import MIXED, ONLY, Pick
from producers.pacing import Pacer
from producers.playback import Playback
from producers.publisher import Publisher
from producers.reel import Reel
from tests.integration.producers.test_publisher import frames_of, settings_for
from tests.support.sound import pcm_noise, tone, write_encoded, write_placed, write_wav


def reel(path: Path, channel: str) -> Reel:
    return Reel(path, (Pick(ONLY, channel),))


def play(broker, session, reels, resume=False, stop_at_s=float("inf")) -> tuple[Playback, Publisher]:
    stop = threading.Event()
    with Publisher(session, settings=settings_for(broker), resume=resume) as publisher:
        playback = Playback(publisher, reels)
        playback.play(lambda: Pacer(None, stop), lambda at_s: stop.set() if at_s >= stop_at_s else None)
    return playback, publisher


def pcm_of(frames) -> bytes:
    return b"".join(frame.pcm for frame in frames)


def test_cut_off_file_is_told_and_the_others_play_on(broker, session_id, tmp_path):
    long = pcm_noise(80_000)
    whole = write_wav(tmp_path / "whole.wav", long)
    cut = write_wav(tmp_path / "cut.wav", long)
    cut.write_bytes(cut.read_bytes()[:-100_000])
    playback, publisher = play(broker, session_id, [reel(cut, "C01"), reel(whole, "C02")])
    assert pcm_of(frames_of(broker, session_id, "C02")) == long.tobytes()
    assert pcm_of(frames_of(broker, session_id, "C01")) == long.tobytes()[:60_000]
    assert len(playback.faults) == 1
    assert "cut.wav: cut off" in playback.faults[0]
    assert [status.position_s for status in publisher.status()] == [1.875, 5.0]


def test_damage_becomes_a_gap_and_time_goes_on(broker, session_id, tmp_path):
    path = write_encoded(tmp_path / "a.m4a", "aac", "fltp", tone(3.0, 44_100), 44_100)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(content)
    playback, publisher = play(broker, session_id, [reel(path, "C01")])
    frames = frames_of(broker, session_id, "C01")
    (status,) = publisher.status()
    assert "damaged" in playback.faults[0]
    assert 0.02 < status.gap_s < 0.3
    assert frames[-1].first_sample + len(frames[-1].pcm) // 2 > 2.9 * 16_000
    assert sum(len(frame.pcm) // 2 for frame in frames) / 16_000 + status.gap_s == status.position_s


def test_resumed_files_go_on_to_the_sample(broker, session_id, tmp_path):
    """At 44.1 kHz, so that the resampler's state matters too."""
    path = write_wav(tmp_path / "a.wav", (tone(6.0, 44_100) * 32_000).astype(np.int16), 44_100)
    play(broker, f"{session_id}-whole", [reel(path, "C01")])
    play(broker, session_id, [reel(path, "C01")], stop_at_s=2.5)
    play(broker, session_id, [reel(path, "C01")], resume=True)
    whole = frames_of(broker, f"{session_id}-whole", "C01")
    parts = frames_of(broker, session_id, "C01", lasts=2)
    assert pcm_of(parts) == pcm_of(whole)
    positions = np.cumsum([0] + [len(frame.pcm) // 2 for frame in parts[:-1]])
    assert [frame.first_sample for frame in parts] == positions.tolist()


def test_sound_that_begins_after_the_picture_keeps_its_place(broker, session_id, tmp_path):
    path = write_placed(tmp_path / "a.mkv", "pcm_s16le", "s16", [(3.0, tone(2.048))], 16_000, pictures_s=8)
    playback, publisher = play(broker, session_id, [reel(path, "C01")])
    frames = frames_of(broker, session_id, "C01")
    (status,) = publisher.status()
    assert not playback.faults
    assert (frames[0].first_sample, frames[0].pcm) == (0, bytes(3_072))  # a stream's beginning is to be seen
    assert (frames[1].first_sample, frames[1].captured_at - frames[0].captured_at) == (48_000, 3_000_000)
    assert (status.position_s, status.gap_s) == (5.048, 3.0)


def test_a_mix_that_cancels_is_told_and_played_all_the_same(broker, session_id, tmp_path, caplog):
    voice = pcm_noise(48_000)
    path = write_wav(tmp_path / "a.wav", np.stack([voice, -voice]))
    playback, _ = play(broker, session_id, [Reel(path, (Pick(MIXED, "C01"),))])
    assert not playback.faults
    assert not any(pcm_of(frames_of(broker, session_id, "C01")))
    (line,) = [record.getMessage() for record in caplog.records if "cancel" in record.getMessage()]
    assert "--map 1:C01" in line
