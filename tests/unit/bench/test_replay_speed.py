"""The backlog that replay is measured on is one stream for each channel."""

from dataclasses import replace

from bench.replay_speed import Speed, _repeated
from schemas.audio import FRAME_BYTES, FRAME_SAMPLES
from schemas.events import AudioFrame

FIRST = AudioFrame("short", "C01", 0, 16_000, 1_790_000_000_000_000, bytes(FRAME_BYTES), False)


def test_frames_are_repeated_as_one_stream_without_gaps_or_an_end() -> None:
    frames = [FIRST, replace(FIRST, first_sample=FRAME_SAMPLES), replace(FIRST, pcm=b"\0\0", last=True)]
    made = list(_repeated(frames, seconds=1.0))
    assert [frame.first_sample for frame in made] == [number * FRAME_SAMPLES for number in range(len(made))]
    assert [frame.captured_at - FIRST.captured_at for frame in made] == [number * 96_000 for number in range(len(made))]
    assert len(made) * 96 >= 1000 > (len(made) - 2) * 96
    assert not any(frame.last for frame in made)


def test_speed_is_sound_by_time() -> None:
    speed = Speed(channels=16, audio_s=60.0, wall_s=6.0, cpu_s=5.0, start_s=1.0, windows=10)
    assert (speed.by_the_clock, speed.by_processor_time) == (10.0, 12.0)
