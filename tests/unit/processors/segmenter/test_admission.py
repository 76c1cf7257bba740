"""What is let in."""

from dataclasses import replace

import pytest

from processors.segmenter.admission import check_frame
from schemas.errors import BadRecord
from schemas.events import AudioFrame

GOOD = AudioFrame("s", "C01", 0, 16_000, 1_700_000_000_000_000, b"\0\0", last=False)


@pytest.mark.parametrize(
    "changes",
    [{}, {"pcm": b"", "last": True}, {"first_sample": 2**50}, {"pcm": bytes(320_000)}, {"pcm": bytes(2), "last": True}],
)
def test_sound_frames(changes: dict[str, object]) -> None:
    check_frame(replace(GOOD, **changes), "audio.pcm.C01")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sample_rate": 44_100}, "44100"),
        ({"pcm": b"\0"}, "1 bytes"),
        ({"pcm": b""}, "without pcm"),
        ({"pcm": bytes(320_002)}, "more than 10 s"),
        ({"first_sample": -1}, "first_sample -1"),
        ({"first_sample": 2**50 + 1}, "first_sample"),
        ({"captured_at": 0}, "captured_at 0"),
        ({"captured_at": 2**62}, "captured_at"),
        ({"channel_id": "C17"}, "'C17'"),
        ({"channel_id": ""}, "channel_id"),
        ({"channel_id": "C02"}, "does not belong on audio.pcm.C01"),
        ({"session_id": ""}, "session_id"),
        ({"session_id": "a/b"}, "slash"),
        ({"session_id": "x" * 201}, "too long"),
    ],
)
def test_refused_frames_say_why(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(BadRecord, match=reason):
        check_frame(replace(GOOD, **changes), "audio.pcm.C01")
