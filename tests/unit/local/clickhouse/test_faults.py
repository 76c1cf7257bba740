import pytest

from local.clickhouse.faults import fault, fault_in
from local.clickhouse.native import header_block


def test_engine_messages_lose_what_the_binding_put_before_them():
    failure = fault_in("Streaming query failed: Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)")
    assert (failure.code, failure.status) == (60, 404)
    assert failure.text == "Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)"


def test_message_without_a_code_becomes_one_with_a_code():
    failure = fault_in("connection closed")
    assert (failure.code, failure.status) == (1002, 500)
    assert "connection closed" in failure.text


@pytest.mark.parametrize(("code", "status"), [(62, 400), (194, 401), (516, 403), (81, 404), (159, 408), (395, 500)])
def test_statuses_are_those_of_a_server(code, status):
    assert fault(code, "X", "x").status == status


def test_header_block():
    assert header_block([("a", "Int32"), ("긴", "String")]) == (
        b"\x02\x00" + b"\x01a\x05Int32" + b"\x03" + "긴".encode() + b"\x06String"
    )
    assert header_block([("n" * 300, "Int8")])[:4] == b"\x01\x00\xac\x02"
