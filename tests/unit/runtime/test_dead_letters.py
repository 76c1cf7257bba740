"""A letter says where its bytes lie and why, and always fits a record."""

import pytest

from runtime.dead_letters import DEAD_LETTERS, MAX_KEY_BYTES, MAX_VALUE_BYTES, dead_letter, letter_of
from runtime.errors import BadRecord, DecodeFailed, EarshotError
from runtime.kafka import Record
from schemas.codec import decode
from schemas.errors import TooLarge, Unreadable
from schemas.events import DeadLetter

LIMIT_BYTES = 1_000_000  # what Faust's producer sends


def test_a_letter_tells_origin_and_reason() -> None:
    letter = letter_of(Record("speech.windows", 3, 99, b"k", b"v", 0), "transcriber", ValueError("why"))
    assert letter.key == b"k"
    assert decode(DeadLetter, letter.value) == DeadLetter("speech.windows", 3, 99, b"k", b"v", "transcriber", "why")


def test_a_tombstone_without_a_key_has_a_letter() -> None:
    letter = letter_of(Record("speech.windows", 0, 0, None, None, 0), "sink", "why")
    assert decode(DeadLetter, letter.value) == DeadLetter("speech.windows", 0, 0, b"", b"", "sink", "why")


@pytest.mark.parametrize("key_bytes", [0, 1_000_000])
def test_what_does_not_fit_is_cut_and_the_reason_says_so(key_bytes: int) -> None:
    record = Record("audio.pcm.C01", 0, 7, b"k" * key_bytes, b"v" * 1_990_000, 0)
    letter = letter_of(record, "segmenter", "벌" * 1_000_000)
    assert len(letter.key) + len(letter.value) < LIMIT_BYTES
    read = decode(DeadLetter, letter.value)
    assert read.value == b"v" * MAX_VALUE_BYTES
    assert "first 900000 of 1990000 bytes of the value" in read.error
    assert (f"first {MAX_KEY_BYTES} of {key_bytes} bytes of the key" in read.error) == (key_bytes > MAX_KEY_BYTES)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(BadRecord("x"), "values"), (Unreadable("x"), "bytes"), (TooLarge("x"), "size"), (DecodeFailed("x"), "model")],
)
def test_a_letter_is_counted_by_its_stage_and_the_kind_of_its_fault(error: EarshotError, reason: str) -> None:
    counter = DEAD_LETTERS.labels("counted", reason)
    before = counter._value.get()
    record = Record("speech.windows", 3, 99, b"k", b"v", 0)
    assert dead_letter(record, "counted", error) == letter_of(record, "counted", error)
    assert counter._value.get() == before + 1
