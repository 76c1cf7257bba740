from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.window_record import dead_letter, read_window
from runtime.kafka import Record
from schemas.codec import decode, encode
from schemas.errors import BadRecord
from schemas.events import DeadLetter
from tests.support.speech_windows import Span, window

GOOD = window(Span(0, 1000, 15_000, 16_000))


def test_a_window_is_read_as_it_was_written() -> None:
    assert read_window(encode(GOOD)) == GOOD


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"pcm": b"\0" * 31_999}, "no whole samples"),
        ({"pcm": b""}, "no whole samples"),
        ({"pcm": b"\0" * 20_000}, "owns samples"),
        ({"own_from": 15_000}, "owns samples"),
        ({"first_sample": 2000}, "owns samples"),
        ({"sample_rate": 8000}, "sample rate 8000"),
        ({"pcm": b"\0" * 2 * 480_001}, "more than Whisper"),
        ({"own_to": 10**12}, "owns samples"),
    ],
)
def test_a_window_whose_spans_do_not_fit_its_sound_is_refused(change: dict[str, object], fault: str) -> None:
    with pytest.raises(BadRecord, match=fault):
        read_window(encode(replace(GOOD, **change)))


@given(st.one_of(st.none(), st.binary(max_size=200), st.binary(max_size=200).map(encode(GOOD)[:5].__add__)))
def test_any_bytes_are_a_window_or_a_bad_record(value: bytes | None) -> None:
    with pytest.raises(BadRecord):
        read_window(value)


def test_a_dead_letter_tells_where_the_bytes_came_from() -> None:
    record = Record("speech.windows", 3, 99, None, None, 0)

    letter = decode(DeadLetter, dead_letter(record, "why"))
    assert letter == DeadLetter("speech.windows", 3, 99, b"", b"", "transcriber", "why")
