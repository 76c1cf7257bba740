"""Sound that begins late or leaves something out is placed where its file says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.files import SoundFile
from producers.timestamps import Timestamps
from tests.support.shared_audio import shared_audio
from tests.support.sound import tone, write_placed


def places(path) -> list[tuple[float, float]]:
    """Where the runs of a file without a gap begin and end, in seconds."""
    runs: list[tuple[float, float]] = []
    at = 0
    with SoundFile(path) as file:
        for block in file.blocks():
            if block.missing or not runs:
                at += block.missing
                runs.append((at / file.rate_hz, 0.0))
            at += block.samples.shape[1]
            runs[-1] = (runs[-1][0], at / file.rate_hz)
    return runs


@pytest.mark.parametrize(
    ("name", "codec", "kind", "rate_hz"),
    [
        ("a.mkv", "pcm_s16le", "s16", 16_000),
        ("a.mp4", "aac", "fltp", 48_000),
        ("a.flv", "aac", "fltp", 44_100),
        ("a.ts", "aac", "fltp", 48_000),
    ],
)
def test_sound_that_begins_after_the_picture(tmp_path, name, codec, kind, rate_hz):
    path = write_placed(tmp_path / name, codec, kind, [(3.0, tone(2.0, rate_hz))], rate_hz, pictures_s=8)
    ((begins_s, ends_s),) = places(path)
    assert begins_s == pytest.approx(3.0, abs=0.05)  # less an encoder's delay, which comes as sound
    assert ends_s == pytest.approx(5.0, abs=0.05)


def test_an_mp4_of_sound_alone_may_begin_late_too(tmp_path):
    path = write_placed(tmp_path / "a.m4a", "aac", "fltp", [(3.0, tone(2.0, 48_000))], 48_000)
    ((begins_s, _),) = places(path)
    assert begins_s == pytest.approx(3.0, abs=0.05)


def test_other_sound_alone_begins_with_itself(tmp_path):
    path = write_placed(tmp_path / "a.ogg", "libopus", "flt", [(3.0, tone(2.0, 48_000))], 48_000)
    ((begins_s, _),) = places(path)
    assert begins_s == 0


@pytest.mark.parametrize(
    ("name", "codec", "kind", "rate_hz"),
    [
        ("a.mkv", "pcm_s16le", "s16", 16_000),
        ("a.mp4", "aac", "fltp", 48_000),
        ("a.flv", "aac", "fltp", 44_100),
        ("a.ogg", "libopus", "flt", 48_000),
    ],
)
def test_a_gap_that_the_file_states_is_a_gap_and_no_damage(tmp_path, name, codec, kind, rate_hz):
    pieces = [(0.0, tone(2.0, rate_hz)), (4.0, tone(2.0, rate_hz))]
    (one, two) = places(write_placed(tmp_path / name, codec, kind, pieces, rate_hz))
    assert np.array([one, two]) == pytest.approx(np.array([(0, 2), (4, 6)]), abs=0.1)


def test_a_recording_whose_sound_begins_three_seconds_late():
    ((begins_s, _),) = places(shared_audio("faults/mp4_audio_starts_3s_late.mp4"))
    assert begins_s == pytest.approx(2.936, abs=0.001)


@given(sizes=st.lists(st.integers(1, 4_000), min_size=1), begins_s=st.floats(0, 1e6), jitter_s=st.floats(-0.004, 0.004))
def test_rounded_times_are_no_gaps(sizes, begins_s, jitter_s):
    timestamps = Timestamps(16_000, begins_s)
    at = 0
    for number, size in enumerate(sizes):
        time_s = begins_s + at / 16_000 + (jitter_s if number % 2 else -jitter_s)
        assert timestamps.missing_before(time_s, size) == 0
        at += size


@given(gaps=st.lists(st.integers(1_000, 100_000), min_size=1))
def test_every_jump_is_found_to_the_sample(gaps):
    timestamps = Timestamps(16_000, 5.0)
    at = 0
    for gap in gaps:
        at += gap
        assert timestamps.missing_before(5.0 + at / 16_000, 160) == gap
        at += 160
        assert timestamps.missing_before(None, 160) == 0
        at += 160


def test_times_that_go_back_begin_a_new_count():
    timestamps = Timestamps(16_000, 0.0)
    assert [timestamps.missing_before(time_s, 16_000) for time_s in (0.0, 1.0, 0.0, 1.0, 3.0)] == [0, 0, 0, 0, 16_000]
