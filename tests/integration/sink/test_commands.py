"""`earshot sql` and `earshot search` on the real engine."""

import json

import click
import pytest
from click.testing import CliRunner, Result

from earshot.commands import search, sql
from runtime.errors import ConfigError
from runtime.settings import ClickHouseSettings, Settings, environment_of
from sinks.clickhouse.rows import row_of
from sinks.clickhouse.store import Store
from tests.support.transcripts import CAPTURED_AT, segment

TEXTS = ("혈압을 재라", "Hold Position at 100%", "out [x]")


@pytest.fixture(scope="module")
def settings(module_clickhouse: ClickHouseSettings):
    settings = Settings(clickhouse=module_clickhouse)
    store = Store(settings.clickhouse)
    store.migrate()
    made = [
        segment(f"s{index % 2}", index, text, language="ko" if index == 0 else "en") for index, text in enumerate(TEXTS)
    ]
    store.insert_segments([row_of(one, offset, CAPTURED_AT) for offset, one in enumerate(made)], "commands")
    yield settings
    store.close()


@pytest.fixture
def earshot(settings: Settings, monkeypatch):
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    def run(command: click.Command, *arguments: str, text: str | None = None) -> Result:
        result = CliRunner().invoke(command, arguments, input=text)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def found(result: Result) -> list[str]:
    assert result.exit_code == 0
    return [line.split("  ", 3)[3] for line in result.stdout.splitlines()]


def test_search_shows_time_session_channel_and_text(earshot):
    assert earshot(search.command, "혈압").stdout == "2025-10-09 08:53:20.0  s0  C01  혈압을 재라\n"


def test_search_wants_every_word_in_any_case(earshot):
    assert found(earshot(search.command, "position", "HOLD")) == ["Hold Position at 100%"]
    assert earshot(search.command, "position", "혈압").exit_code == 1


def test_search_takes_a_quoted_phrase_and_words_beside_it(earshot):
    assert found(earshot(search.command, '"hold position" 100%')) == ["Hold Position at 100%"]
    assert earshot(search.command, '"position hold"').exit_code == 1


def test_search_gives_ids_and_json(earshot):
    hit = earshot(search.command, "혈압", "--ids").stdout
    assert hit == "2025-10-09 08:53:20.0  s0/C01/0/0  혈압을 재라\n"
    (line,) = earshot(search.command, "혈압", "--json").stdout.splitlines()
    facts = json.loads(line)
    assert (facts["segment_id"], facts["spoken_at"]) == ("s0/C01/0/0", "2025-10-09T08:53:20+00:00")
    assert (facts["start_s"], facts["end_s"], facts["text"], facts["hit"]) == (0.0, 1.0, "혈압을 재라", True)


def test_search_shows_what_was_said_around_a_hit(earshot):
    alone = earshot(search.command, "혈압", "--context", "0.5s", "--json").stdout.splitlines()
    assert len(alone) == 1
    near = [json.loads(line) for line in earshot(search.command, "혈압", "-C", "1s", "--json").stdout.splitlines()]
    assert [(one["session_id"], one["text"], one["hit"]) for one in near] == [
        ("s0", "혈압을 재라", True),
        ("s0", "out [x]", False),
    ]
    assert found(earshot(search.command, "혈압", "-C", "1s")) == ["혈압을 재라", "out [x]"]


def test_search_takes_its_words_literally(earshot):
    assert found(earshot(search.command, "0%")) == ["Hold Position at 100%"]
    assert earshot(search.command, "o_d").exit_code == 1
    assert found(earshot(search.command, "[x]")) == ["out [x]"]


def test_search_filters(earshot):
    assert found(earshot(search.command, "o", "--session", "s0")) == ["out [x]"]
    assert found(earshot(search.command, "o", "--channel", "C02,C01", "--language", "en", "--limit", "1")) == [
        "out [x]"
    ]
    assert earshot(search.command, "o", "--channel", "C02").exit_code == 1
    assert found(earshot(search.command, "o", "--since", "2025-10-09T08:53:22")) == ["out [x]"]


def test_nothing_found_is_said_and_is_exit_code_1(earshot):
    result = earshot(search.command, "zebra")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "nothing found for zebra\n")


def test_sql_writes_tsv_json_and_csv(earshot):
    query = "SELECT channel_id, text FROM transcript WHERE language = 'ko'"
    assert earshot(sql.command, query).stdout == "channel_id\ttext\nC01\t혈압을 재라\n"
    assert json.loads(earshot(sql.command, query, "--format", "json").stdout) == {
        "channel_id": "C01",
        "text": "혈압을 재라",
    }
    assert (
        earshot(sql.command, "-", "--format", "csv", text=f"{query};\n").stdout.splitlines()[1] == '"C01","혈압을 재라"'
    )
    assert "1 row" in earshot(sql.command, query, "--format", "table").stdout


def test_sql_changes_something_only_when_told_to(earshot):
    with pytest.raises(ConfigError, match=r"READONLY.*--write"):
        earshot(sql.command, "CREATE TABLE scratch (a Int8) ENGINE = Memory")
    earshot(sql.command, "CREATE TABLE scratch (a Int8) ENGINE = Memory", "--write")
    earshot(sql.command, "INSERT INTO scratch VALUES (7)", "--write")
    assert earshot(sql.command, "SELECT a FROM scratch").stdout == "a\n7\n"


@pytest.mark.parametrize("output_format", ["tsv", "table"])
def test_wrong_sql_is_one_clear_line(earshot, output_format):
    with pytest.raises(ConfigError, match=r"^ClickHouse says: Unknown expression identifier `nothing`[^\n]*$"):
        earshot(sql.command, "SELECT nothing", "--format", output_format)
