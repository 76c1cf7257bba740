from io import StringIO

import pytest
from rich.console import Console

from earshot.commands.sql import MAX_ROWS_SHOWN, returns_rows, table_of
from sinks.clickhouse.store import Answer


def printed(answer: Answer) -> str:
    console = Console(width=80, record=True, file=StringIO())
    console.print(table_of(answer))
    return console.export_text()


def test_shows_columns_rows_and_their_number():
    text = printed(Answer(("channel", "words"), [("C01", 12), ("[red]C02", 3)]))
    assert "channel" in text
    assert "[red]C02" in text
    assert text.rstrip().endswith("2 rows")


def test_says_how_to_see_all_of_a_long_answer():
    text = printed(Answer(("n",), [(number,) for number in range(MAX_ROWS_SHOWN + 1)]))
    assert "1,001 rows, the first 1,000 shown: write all with --format tsv" in text


def test_an_empty_answer_is_a_table_too():
    assert printed(Answer(("n",), [])).rstrip().endswith("0 rows")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", True),
        ("  with 1 as x select x", True),
        ("-- why\n/* and\nhow */ (select 1)", True),
        ("( SELECT 1)", True),
        ("show tables", True),
        ("CREATE TABLE a (b Int8) ENGINE = Memory", False),
        ("insert into a select 1", False),
        ("", False),
    ],
)
def test_knows_which_statements_answer_with_rows(sql, expected):
    assert returns_rows(sql) is expected
