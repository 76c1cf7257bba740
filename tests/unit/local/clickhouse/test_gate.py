import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.clickhouse.faults import Fault
from local.clickhouse.outside import Known, Outside, outside_of
from local.clickhouse.statement import read_statement

OUTSIDE = outside_of(
    Known(
        functions=("file", "format", "lower", "arrayMap", "aiGenerate"),
        table_functions=("file", "format", "numbers", "url", "executable"),
        engines=("File", "MergeTree", "Filesystem"),
        setting_types={"dialect": "Dialect", "max_threads": "MaxThreads", "filter": "String", "database": "String"},
    )
)
REFUSED = [
    b"SELECT file('/etc/passwd')",
    b"SELECT `file`('/etc/passwd')",
    b"SELECT \"file\" ('/etc/passwd')",
    b"SELECT `fi\\x6ce`('/etc/passwd')",
    b"SELECT `f\\x69le` FROM t",
    b"SELECT file/**/('/etc/passwd')",
    b"SELECT * APPLY file FROM (SELECT '/etc/passwd')",
    b"SELECT arrayMap(FILE, ['/etc/passwd'])",
    "SELECT file\N{NO-BREAK SPACE}('/etc/passwd')".encode(),
    b"SELECT a$b$, file('/etc/passwd') AS x$b$ FROM (SELECT 1 AS a$b$)",
    b"SELECT 1 AS $a$, file('/etc/passwd')",
    b"SELECT * FROM url('http://127.0.0.1/')",
    b"SELECT * FROM executable('x.sh', TSV, 'a String')",
    b"SELECT * FROM format(JSONEachRow, 'a String DEFAULT file(''/etc/passwd'')', '{}')",
    b"SELECT * FROM format('JSONEachRow', '{}')",
    b"CREATE TABLE t (a Int8) ENGINE = File(CSV)",
    b"CREATE TABLE t (a Int8) ENGINE File",
    b"CREATE DATABASE d ENGINE = Filesystem('/etc')",
    b"CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS x = disk(type = web)",
    b"SELECT 1 INTO OUTFILE '/tmp/x'",
    b"INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV",
    b"INSERT INTO t VALUES (file('/etc/passwd'))",
    b"INSERT INTO t FORMAT Values (file('/etc/passwd'))",
    b"INSERT INTO t VALUES (\"f\\x69le\"('/etc/passwd'))",
    b"INSERT INTO FUNCTION file('/tmp/x') VALUES (1)",
    b"SET dialect = 'kusto'",
    b"SET max_threads = 1, dialect = 'kusto'",
    b"SELECT 1 SETTINGS dialect = 'prql'",
    b"SELECT 1 SETTINGS max_threads = 1, filter = 'x'",
    b"SELECT (SELECT 1 SETTINGS filter = 'x')",
    b"SYSTEM SHUTDOWN",
    b"KILL QUERY WHERE 1",
    b"ATTACH TABLE t FROM '/tmp' (a Int8) ENGINE = MergeTree ORDER BY a",
    b"EXECUTE AS other SELECT 1",
    b"?? SELECT 1",
    b"1 + 1",
]
LET_IN = [
    b"SELECT 'file(1)', 'url(2)'",
    b"SELECT t.file FROM t",
    b"SELECT format('{} {}', 1, 2)",
    b"SELECT url FROM t WHERE database = 'x' SETTINGS max_threads = 1",
    b"SELECT a SETTINGS max_threads = 1 UNION ALL SELECT filter FROM t WHERE filter = 1",
    b"INSERT INTO t SETTINGS max_threads = 1 SELECT 1 WHERE 'x' = database",
    b"INSERT INTO t VALUES ('file(x)')",
    b"CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a",
    b"SELECT * FROM system.tables WHERE engine = 'File'",
    "SELECT '“quoted” file(1)'".encode(),
    b"(SELECT 1) UNION ALL (SELECT 2)",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_reaches_beyond_the_tables_is_refused(text):
    with pytest.raises(Fault) as raised:
        read_statement(text, OUTSIDE)
    assert raised.value.status in (400, 403)


@pytest.mark.parametrize("text", LET_IN)
def test_words_that_only_look_like_it_are_not(text):
    read_statement(text, OUTSIDE)


@pytest.mark.parametrize("quotes", ["“”", "‘’"])
def test_typographic_quotes_hide_nothing(quotes):
    with pytest.raises(Fault, match="typographic"):
        read_statement(f"SELECT {quotes[0]}file{quotes[1]}('/etc/passwd')".encode(), OUTSIDE)


@given(st.text("file('/`\"\\ $-*\n,", max_size=30))
def test_no_text_before_it_hides_a_call_from_us_that_stands_in_the_open(text):
    """What quotes or comments it away stands in the text before; without any, the call is seen."""
    if not set(text) & set("'`\"$-*/#\\"):
        with pytest.raises(Fault):
            read_statement(f"SELECT {text} , file('/etc/passwd')".encode(), OUTSIDE)


def test_what_a_newer_engine_adds_is_refused():
    outside = outside_of(Known(("readEverything",), ("everything",), ("Everything",), {"everything_path": "Path"}))
    assert outside.functions == {"READEVERYTHING"}
    assert outside.calls >= {"EVERYTHING"}
    assert (outside.engines, outside.settings) == ({"EVERYTHING"}, {"EVERYTHING_PATH"})


def test_nothing_is_outside_of_an_engine_that_knows_nothing():
    assert not Outside().pattern.search(b"file('x')")
