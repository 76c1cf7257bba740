from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.spool.records import HEADER, MOST_RECORD_BYTES, Span, contents_of, framed, records_in, unframed

RECORDS = st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=8)


def spans_of(records: list[bytes]) -> list[Span]:
    ends = [0]
    for record in records:
        ends.append(ends[-1] + HEADER.size + len(record))
    return [Span(start, end) for start, end in pairwise(ends)]


@given(RECORDS)
def test_whole_file_is_its_records(records):
    data = b"".join(map(framed, records))
    contents = contents_of(data, is_last=True)
    assert (list(contents.records), contents.holes, contents.end) == (spans_of(records), (), len(data))
    assert list(records_in(data)) == records


@given(RECORDS, st.data())
def test_any_damaged_byte_costs_its_own_record_alone(records, data):
    whole = bytearray(b"".join(map(framed, records)))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    contents = contents_of(bytes(whole), is_last=False)
    hurt = next(span for span in spans_of(records) if at < span.end)
    assert list(contents.records) == [span for span in spans_of(records) if span != hurt]
    assert contents.holes == (hurt,)
    assert contents.end == len(whole)


@given(RECORDS, st.data())
def test_cut_off_end_is_damage_only_where_more_was_written_after_it(records, data):
    whole = b"".join(map(framed, records))
    cut = whole[: data.draw(st.integers(len(whole) - len(framed(records[-1])) + 1, len(whole) - 1))]
    start = spans_of(records)[-1].start
    assert contents_of(cut, is_last=True).holes == ()
    assert contents_of(cut, is_last=True).end == start
    assert contents_of(cut, is_last=False).holes == (Span(start, len(cut)),)


def test_zeros_that_a_power_failure_leaves_are_no_records():
    data = framed(b"one") + bytes(5000)
    assert len(contents_of(data, is_last=True).records) == 1
    assert contents_of(data, is_last=True).holes == (Span(11, 5011),)
    assert unframed(bytes(8)) is None


def test_start_is_where_reading_goes_on():
    data = framed(b"one") + framed(b"two")
    assert contents_of(data, 11, is_last=True).records == (Span(11, 22),)
    assert contents_of(data, 22, is_last=True).records == ()


@pytest.mark.parametrize("record", [b"", bytes(MOST_RECORD_BYTES + 1)])
def test_record_that_could_not_be_found_again_is_refused(record):
    with pytest.raises(ValueError, match="a spool takes 1 to 65535"):
        framed(record)
