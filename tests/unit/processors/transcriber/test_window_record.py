from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.window_record import read_window
from runtime.kafka import Record
from schemas.codec import encode
from schemas.errors import BadRecord
from schemas.topics import WINDOWS, WINDOWS_INTERIM
from tests.support.speech_windows import Span, window


def in_kafka(value: bytes | None, topic: str = WINDOWS.name) -> Record:
    return Record(topic, 0, 0, None, value, 0)


GOOD = window(Span(0, 1000, 15_000, 16_000))


def test_a_window_is_read_as_it_was_written() -> None:
    assert read_window(in_kafka(encode(GOOD))) == GOOD


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"pcm": b"\0" * 31_999}, "no whole samples"),
        ({"pcm": b""}, "no whole samples"),
        ({"pcm": b"\0" * 20_000}, "owns samples"),
        ({"own_from": 15_000, "window_id": "s/C01/15000"}, "owns samples"),
        ({"first_sample": 2000}, "owns samples"),
        ({"sample_rate": 8000}, "sample rate 8000"),
        ({"pcm": b"\0" * 2 * 480_001}, "more than Whisper"),
        ({"own_to": 10**12}, "owns samples"),
    ],
)
def test_a_window_whose_spans_do_not_fit_its_sound_is_refused(change: dict[str, object], fault: str) -> None:
    with pytest.raises(BadRecord, match=fault):
        read_window(in_kafka(encode(replace(GOOD, **change))))


@given(st.one_of(st.none(), st.binary(max_size=200), st.binary(max_size=200).map(encode(GOOD)[:5].__add__)))
def test_any_bytes_are_a_window_or_a_bad_record(value: bytes | None) -> None:
    with pytest.raises(BadRecord):
        read_window(in_kafka(value))


def test_a_window_in_the_wrong_lane_is_refused() -> None:
    guess = replace(GOOD, final=False, revision=1)
    assert read_window(in_kafka(encode(guess), WINDOWS_INTERIM.name)) == guess
    with pytest.raises(BadRecord, match="an interim on the topic of the finals"):
        read_window(in_kafka(encode(guess)))
    with pytest.raises(BadRecord, match="a final on the topic of the interims"):
        read_window(in_kafka(encode(GOOD), WINDOWS_INTERIM.name))
