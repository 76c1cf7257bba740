"""README.ko.md says what README.md says: the same code, names, links and parts, in the same order."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[3]
ENGLISH = (PROJECT / "README.md").read_text(encoding="utf-8")
KOREAN = (PROJECT / "README.ko.md").read_text(encoding="utf-8").replace("[English](README.md)\n\n", "")


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def shape(text: str) -> list[str]:
    """What begins each line that is not empty: a heading's level, a row with its columns, an item, or text."""
    lines = [line for line in prose(text).splitlines() if line.strip()]
    return [
        re.match(r"#*", line)[0] or ("|" * line.count("|") if line.startswith("|") else "- "[: line.startswith("- ")])  # type: ignore[index]
        for line in lines
    ]


def test_the_code_is_the_same() -> None:
    assert code_blocks(KOREAN) == code_blocks(ENGLISH)


def test_names_and_values_are_the_same() -> None:
    names = [sorted(re.findall(r"`[^`]+`", prose(text))) for text in (ENGLISH, KOREAN)]
    assert names[1] == names[0]


def test_links_are_the_same() -> None:
    assert re.findall(r"\]\(([^)]+)\)", KOREAN) == re.findall(r"\]\(([^)]+)\)", ENGLISH)


def test_the_parts_are_the_same() -> None:
    assert shape(KOREAN) == shape(ENGLISH)


def test_it_is_korean() -> None:
    headings = re.findall(r"^## (.+)$", KOREAN, re.MULTILINE)
    assert all(re.search(r"[가-힣]", heading) for heading in headings)
