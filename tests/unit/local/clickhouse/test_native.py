from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.clickhouse.faults import Fault
from local.clickhouse.native import header_block
from local.clickhouse.native import with_kinds as with_kinds_in_pieces
from local.clickhouse.varint import varint, varint_at

INFO = bytes.fromhex("0100 02ffffffff 00")
TWO = b"\x02\x01" + b"\x01a\x05UInt8\x07" + b"\x01b\x06String\x01x"  # as the engine writes one row (7, 'x')


def text(value: str) -> bytes:
    return varint(len(value.encode())) + value.encode()


def with_kinds(data: bytes) -> bytes:
    return b"".join(with_kinds_in_pieces([data]))


def block(kind: str, rows: int, values: bytes) -> bytes:
    return b"\x01" + varint(rows) + text("c") + text(kind) + values


@given(st.integers(0, 2**63))
def test_numbers_of_any_size(number):
    data = varint(number)
    assert varint_at(b"." + data + b".", 1) == (number, 1 + len(data))


def test_block_gets_its_fields_and_each_column_its_kind():
    assert with_kinds(TWO) == INFO + b"\x02\x01" + b"\x01a\x05UInt8\x00\x07" + b"\x01b\x06String\x00\x01x"


def test_every_block_of_several():
    assert with_kinds(TWO * 3) == with_kinds(TWO) * 3
    assert with_kinds(b"") == b""


@given(st.lists(st.integers(0, 3 * len(TWO)), max_size=6))
def test_pieces_may_be_cut_anywhere(cuts):
    data = TWO * 3
    places = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert b"".join(with_kinds_in_pieces(pieces)) == with_kinds(data)


def test_empty_result_has_kinds_and_no_values():
    empty = header_block([("a", "LowCardinality(String)"), ("b", "Dynamic")])
    assert with_kinds(empty).count(b"\x00") - INFO.count(b"\x00") == 3  # the rows, and two kinds


@pytest.mark.parametrize(
    ("kind", "rows", "values"),
    [
        ("Array(Array(UInt16))", 2, "0200000000000000 0200000000000000 0100000000000000 0300000000000000 010002000300"),
        ("Nullable(FixedString(3))", 2, "0001 616263 000000"),
        ("Map(String, UInt8)", 1, "0200000000000000 0161 0162 01 02"),
        ("Tuple(x LowCardinality(String), `y z` Nullable(Nothing))", 1,
         "0100000000000000 0006000000000000 0200000000000000 00 0178 0100000000000000 01 01 30"),
        ("Array(LowCardinality(String))", 1, "0100000000000000 0000000000000000"),
        ("Variant(String, UInt8)", 3, "0000000000000000 01ff00 0178 07"),
        ("JSON", 1, "0100000000000000 027b7d"),
        ("Decimal(38, 3)", 1, "00" * 16),
        ("SimpleAggregateFunction(max, DateTime64(3, 'UTC'))", 1, "00" * 8),
        ("MultiPolygon", 1, "0000000000000000"),
        ("Tuple()", 2, "3030"),
        ("IntervalSecond", 1, "00" * 8),
    ],
)  # fmt: skip
def test_where_the_values_of_a_type_end(kind, rows, values):
    plain = block(kind, rows, bytes.fromhex(values))
    assert len(with_kinds(plain * 2)) == 2 * (len(plain) + len(INFO) + 1)


@pytest.mark.parametrize("kind", ["Dynamic", "AggregateFunction(sum, UInt8)", "QBit(Float32, 2)"])
def test_type_whose_end_is_not_known_is_refused_with_a_way_out(kind):
    with pytest.raises(Fault, match="ask with another FORMAT") as raised:
        with_kinds(block(f"Array({kind})", 1, b""))
    assert raised.value.status == 501


def test_json_that_is_not_text_is_refused_with_its_setting():
    with pytest.raises(Fault, match="output_format_native_write_json_as_string=1"):
        with_kinds(block("JSON", 1, bytes(8)))


@given(st.integers(1, len(TWO) - 1))
def test_block_that_is_cut_off_is_told(size):
    with pytest.raises(Fault, match="cut off"):
        with_kinds(TWO[:size])
