from datetime import UTC, datetime

import pytest

from earshot.commands.search import SearchOptions, highlighted, query_of
from runtime.errors import ConfigError
from sinks.clickhouse.folding import folded_sql

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def options(*words: str, **changes: str) -> SearchOptions:
    fields: dict[str, object] = {"session": None, "channel": None, "language": None, "since": None, "limit": 50}
    return SearchOptions(words, **{**fields, **changes})  # type: ignore[arg-type]


def test_each_word_must_occur():
    sql, parameters = query_of(options("혈압", "100%_\\"), NOW)
    assert sql.count("folded LIKE ") == 2
    assert folded_sql("{word0:String}") in sql
    assert (parameters["word0"], parameters["word1"]) == ("%혈압%", "%100\\%\\_\\\\%")


def test_filters_are_parameters():
    sql, parameters = query_of(options("a", session="s'1", channel="C01, C02", language="ko", since="10m"), NOW)
    assert "s'1" not in sql
    assert parameters["channels"] == ["C01", "C02"]
    assert (parameters["session"], parameters["language"]) == ("s'1", "ko")
    assert parameters["since"] == "2026-05-01 11:50:00.000000"


def test_hits_are_marked_whatever_their_case():
    marked = highlighted("Hold [position], hold.", ("hold", "[p"))
    assert [(span.start, span.end) for span in marked.spans] == [(0, 4), (17, 21), (5, 7)]
    assert marked.plain == "Hold [position], hold."


@pytest.mark.parametrize(
    ("text", "word", "span"),
    [
        ("À L\u0027ÉLYSÉE", "e\u0301lyse\u0301e", (4, 10)),
        ("an der STRASSE", "straße", (7, 14)),
        ("an der Straße lang", "STRASSE", (7, 13)),
        ("in İstanbul heute", "istanbul", (3, 11)),
        ("\u1112\u1167\u11af\u110b\u1161\u11b8을 재라", "혈압", (0, 2)),
        ("혈압을 재라", "\u1112\u1167\u11af\u110b\u1161\u11b8", (0, 2)),
    ],
)
def test_hits_are_marked_however_either_was_typed(text, word, span):
    assert [(mark.start, mark.end) for mark in highlighted(text, (word,)).spans] == [span]


def test_a_channel_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="C99"):
        query_of(options("word", channel="C01,C99"), NOW)
