"""Every line that docs/faults.md promises is one that the code can say."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ("earshot", "producers", "processors", "sinks", "review", "runtime", "schemas", "local")
STATUSES = {0, 1, 2, 65, 66, 69, 70, 74, 75, 78, 130, 137, 143}
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs/faults.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| what is wrong"))
]


def what_the_code_says() -> str:
    """Every string of the source; what it fills in is a new line."""
    strings = [
        node.value
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return re.sub(r"%[+\d.]*[sdfg]", "\n", "\n".join(strings))


SAID = what_the_code_says()


def phrases(message: str) -> list[str]:
    """Two words or more that stand together: names, numbers and signs are filled in, or are cut there."""
    pieces = (piece.strip(" ,'-/") for piece in re.split(r"'[^' ]*'|[^a-z ,'/-]+", message))
    return [piece for piece in pieces if " " in piece]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_what_a_user_sees_is_what_the_code_says(row):
    _, seen, status, *_ = row
    assert int(status.split()[0]) in STATUSES
    for message in re.findall(r"`([^`]+)`", seen):
        assert [phrase for phrase in phrases(message) if phrase not in SAID] == [], message


def test_a_promise_that_nobody_keeps_is_found():
    assert len(ROWS) > 40
    assert phrases("FILE: is empty (0 bytes); record or export it again") == ["is empty", "record or export it again"]
    assert "the moon is empty" not in SAID
