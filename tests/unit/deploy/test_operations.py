"""docs/operations.md says what the code says."""

import re
from pathlib import Path

import pytest

from earshot.cli import COMMANDS
from runtime.settings import variable_names
from tests.support.declared_metrics import declared_metrics
from tests.support.operations_tables import PAGE, TABLES, with_tables

PROJECT = Path(__file__).parents[3]
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_that_of_the_code(table: str) -> None:
    current = TEXT.split(f"<!-- {table} -->\n")[1].split(f"\n<!-- /{table} -->")[0]
    assert current == TABLES[table](), "renew it: python -m tests.support.operations_tables"


def test_renewing_a_true_page_changes_nothing() -> None:
    assert with_tables(TEXT) == TEXT


def test_every_setting_and_every_metric_is_there() -> None:
    assert all(f"`{name}`" in TEXT for name in variable_names())
    assert all(f"`{name}`" in TEXT for name in declared_metrics())


def test_variables_in_the_text_are_settings() -> None:
    assert set(re.findall(r"EARSHOT_[A-Z]+__[A-Z_]*[A-Z]", TEXT)) <= set(variable_names())


def test_metrics_in_the_text_exist() -> None:
    assert set(re.findall(r"\bearshot_[a-z_]+", TEXT)) <= set(declared_metrics())


def test_commands_in_the_text_exist() -> None:
    assert set(
        re.findall(r"\bearshot ([a-z]+)\b(?! is)", " ".join(re.findall(r"`[^`]+`|```.*?```", TEXT, re.DOTALL)))
    ) <= {*COMMANDS}


def test_files_that_are_named_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (PAGE.parent / target).exists(), target
