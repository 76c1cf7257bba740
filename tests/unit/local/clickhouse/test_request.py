import pytest

from local.clickhouse.faults import Fault
from local.clickhouse.request import read_ask, whole_text


def test_url_is_taken_apart():
    ask = read_ask(
        {
            "query": "SELECT {a:Int8}",
            "database": "d",
            "param_a": "1",
            "max_threads": "2",
            "insert_deduplication_token": "k",
            "session_id": "s",
            "session_timeout": "7",
            "wait_end_of_query": "1",
            "send_progress_in_http_headers": "1",
            "default_format": "JSON",
        },
        {},
    )
    assert ask.settings == {"max_threads": "2", "insert_deduplication_token": "k"}
    assert ask.parameters == {"a": "1"}
    assert (ask.database, ask.session_id, ask.session_timeout_s, ask.default_format) == ("d", "s", 7, "JSON")
    assert ask.waits_for_end


def test_url_wins_over_headers():
    headers = {"X-ClickHouse-Database": "h", "X-ClickHouse-Format": "CSV"}
    assert (read_ask({}, headers).database, read_ask({}, headers).default_format) == ("h", "CSV")
    assert read_ask({"database": "u"}, headers).database == "u"


def test_session_timeout_is_bounded_and_nonsense_is_the_default():
    assert read_ask({"session_timeout": "999999"}, {}).session_timeout_s == 3600
    assert read_ask({"session_timeout": "soon"}, {}).session_timeout_s == 60


def test_text_is_the_url_then_the_body():
    assert whole_text("INSERT INTO t FORMAT CSV", b"1\n") == b"INSERT INTO t FORMAT CSV\n1\n"
    assert whole_text("", b"SELECT 1") == b"SELECT 1"


def test_revision_of_native_blocks():
    assert read_ask({"client_protocol_version": "54460"}, {}).protocol_version == 54460
    assert read_ask({}, {}).protocol_version == 0
    with pytest.raises(Fault, match="client_protocol_version 'new' is no whole number"):
        read_ask({"client_protocol_version": "new"}, {})
