import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.clickhouse.faults import Fault
from local.clickhouse.outside import Outside
from local.clickhouse.statement import Statement
from local.clickhouse.statement import read_statement as read


def read_statement(text: bytes) -> Statement:
    return read(text, Outside())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"SELECT 1", ""),
        (b"select 1 format JSON", "JSON"),
        (b"SELECT 1 FORMAT Native SETTINGS max_threads = 1 ;", "Native"),
        (b"SELECT format FROM t", ""),
        (b"SELECT 1 AS format SETTINGS max_threads = 1", ""),
        (b"SELECT 'x FORMAT JSON'", ""),
        (b"SELECT 1 -- FORMAT JSON", ""),
        (b"SELECT (SELECT 1 FORMAT) FORMAT TSV", "TSV"),
        (b"SELECT $$ FORMAT JSON $$ FORMAT CSV\n", "CSV"),
    ],
)
def test_format_of_a_result(text, named):
    statement = read_statement(text)
    assert statement.format == named
    assert statement.data is None
    assert statement.selects


def test_bare_select_can_be_a_subquery():
    assert read_statement(b"SELECT a FROM t FORMAT Native").bare.split() == ["SELECT", "a", "FROM", "t"]


@pytest.mark.parametrize(
    ("text", "sql", "named", "data"),
    [
        (b"INSERT INTO t (a, b) FORMAT Native\n\x01\xff", "INSERT INTO t (a, b)", "Native", b"\x01\xff"),
        (b"insert into t settings x=1 format CSV\r\n1,2\n", "insert into t settings x=1", "CSV", b"1,2\n"),
        (b"INSERT INTO t FORMAT JSONEachRow {}", "INSERT INTO t", "JSONEachRow", b"{}"),
        (b"INSERT INTO t VALUES (1, ';')", "INSERT INTO t", "Values", b"(1, ';')"),
        (b"INSERT INTO format (values) VALUES (1)", "INSERT INTO format (values)", "Values", b"(1)"),
        (b"INSERT INTO db.format FORMAT TSV 1", "INSERT INTO db.format", "TSV", b"1"),
        (b"INSERT INTO t (a)", "INSERT INTO t (a)", "", b""),
    ],
)
def test_insert_with_data(text, sql, named, data):
    statement = read_statement(text)
    assert (statement.sql.strip(), statement.format, statement.data) == (sql, named, data)
    assert not statement.only_reads


@pytest.mark.parametrize(
    "text", [b"INSERT INTO t SELECT 1", b"INSERT INTO t (SELECT 1)", b"WITH 1 AS x INSERT INTO t SELECT x"]
)
def test_insert_from_a_query_has_no_data_and_writes(text):
    statement = read_statement(text)
    assert statement.data is None
    assert not statement.only_reads
    assert not statement.selects


@given(st.binary(max_size=200))
def test_native_data_is_kept_byte_for_byte(data):
    assert read_statement(b"INSERT INTO t FORMAT Native\n" + data).data == data


@given(st.binary(max_size=80))
def test_any_bytes_are_a_statement_or_a_fault(text):
    with contextlib.suppress(Fault):
        assert read_statement(text).sql


@pytest.mark.parametrize("text", [b"", b" -- nothing\n", b";", b"SELECT 1; SELECT 2", b"SELECT '\xff'"])
def test_no_statement_several_and_wrong_text(text):
    with pytest.raises(Fault) as raised:
        read_statement(text)
    assert raised.value.code == 62


def test_semicolons_in_texts_and_at_the_end_are_no_second_statement():
    assert read_statement(b"SELECT ';', `a;b` ;;  -- ; \n").sql == "SELECT ';', `a;b`"
