"""Every query of docs/sql.md, on the real engine."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.settings import ClickHouseSettings
from schemas.events import Correction, Provenance, SampleSpan
from sinks.clickhouse.rows import row_of
from sinks.clickhouse.store import Store
from tests.support.transcripts import CAPTURED_AT, segment

PAGE = (Path(__file__).parents[3] / "docs" / "sql.md").read_text()
RECIPES = [sql.strip().removesuffix(";") for sql in re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)]
TEXTS = ("혈압을 재라", "mayday", "blood pressure is low")
ANSWERS_NOTHING_HERE = ("confidence < 0.5", "DELETE")


@pytest.fixture(scope="module")
def store(module_clickhouse: ClickHouseSettings):
    store = Store(module_clickhouse)
    store.migrate()
    change = Correction("혈앞", "혈압", "혈압", "fuzzy", 90.0, 0, 2)
    decoding = replace(segment("morning").decoding, provenance=Provenance(engine="ctranslate2", device="cpu"))
    more = {"corrections": (change,), "decoding": decoding, "uncovered": (SampleSpan(0, 8_000),)}
    made = [
        segment("morning", number, text, channel_id=channel, **more)
        for number, text in enumerate(TEXTS)
        for channel in ("C01", "C02")
    ]
    rows = [row_of(one, offset, CAPTURED_AT + 5_000_000) for offset, one in enumerate(made)]
    store.insert_segments(rows, "recipes")
    yield store
    store.close()


def test_the_page_holds_recipes():
    assert len(RECIPES) > 12


@pytest.mark.parametrize("sql", RECIPES, ids=lambda sql: " ".join(sql.split())[:60])
def test_the_recipe_runs_and_answers(store: Store, sql: str):
    answer = store.ask(sql)
    assert answer.rows or any(part in sql for part in ANSWERS_NOTHING_HERE)


def test_the_page_names_every_column_of_the_views(store: Store):
    for view, columns in re.findall(r"^\| `(\w+)` \|[^|]*\| (.*) \|$", PAGE, re.MULTILINE):
        named = re.findall(r"`(\w+)`", columns)
        assert list(store.ask(f"SELECT * FROM {view} LIMIT 0").columns) == named, view
