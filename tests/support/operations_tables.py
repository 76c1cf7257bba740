"""The tables of docs/operations.md, made from the code: `python -m tests.support.operations_tables` renews them."""

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import annotated_types
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from runtime import errors
from runtime.errors import EarshotError
from runtime.settings import PREFIX, Settings
from tests.support.declared_metrics import declared_metrics

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
STAGES = {
    "earshot_capture_": "capture",
    "earshot_segmenter_": "segmenter",
    "earshot_transcriber_": "transcriber",
    "earshot_glossary_": "glossary",
    "earshot_terms_": "glossary, transcriber",
    "earshot_sink_": "sink",
    "earshot_audit_": "auditor",
}


def settings_table() -> str:
    """Every setting: its variable, default, what it is and what it may be."""
    lines = []
    for group, info in Settings.model_fields.items():
        fields: Any = info.annotation
        lines += ["", f"### {group}: {fields.__doc__.strip().rstrip('.')}", ""]
        lines += ["| variable | default | what it is |", "|---|---|---|"]
        for name, field in fields.model_fields.items():
            what = " ".join(str(field.description).split()) + _limits(field)
            lines.append(f"| `{PREFIX}{group}__{name}`".upper() + f" | {_default(field.default)} | {what} |")
    return "\n".join(lines).strip()


def metrics_table() -> str:
    """Every metric: its name, labels, kind, who has it, what it counts."""
    lines = ["| metric | labels | kind | of | what it says |", "|---|---|---|---|---|"]
    for name, metric in sorted(declared_metrics().items()):
        stage = next((stage for prefix, stage in STAGES.items() if name.startswith(prefix)), "every process")
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{name}` | {labels} | {metric.kind.lower()} | {stage} | {metric.help} |")
    return "\n".join(lines)


def exit_codes_table() -> str:
    """The exit status of each error of the tree."""
    lines = ["| status | error | what it is | may pass by itself |", "|---|---|---|---|"]
    for error in _tree(EarshotError):
        what = " ".join(str(error.__doc__).split())
        lines.append(f"| {error.exit_code} | {error.__name__} | {what} | {'yes' if error.retriable else 'no'} |")
    return "\n".join(lines)


TABLES = {"settings": settings_table, "metrics": metrics_table, "exit-codes": exit_codes_table}


def with_tables(page: str) -> str:
    """The page with its tables renewed."""
    for name, table in TABLES.items():
        marks = (f"<!-- {name} -->\n", f"<!-- /{name} -->")
        pattern = re.escape(marks[0]) + ".*?" + re.escape(marks[1])
        page, count = re.subn(pattern, f"{marks[0]}{table()}\n{marks[1]}".replace("\\", r"\\"), page, flags=re.DOTALL)
        assert count == 1, f"{name} has no place of its own"
    return page


def _tree(root: type[EarshotError]) -> Iterator[type[EarshotError]]:
    yield root
    for child in root.__subclasses__():
        if child.__name__ in errors.__all__:
            yield from _tree(child)


def _default(value: object) -> str:
    if isinstance(value, SecretStr) or value == "":
        return "empty"
    if isinstance(value, tuple):
        return "`[" + ",".join(f'"{item}"' for item in value) + "]`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _limits(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return " One of " + ", ".join(f"`{option}`" for option in get_args(field.annotation)) + "."
    if isinstance(field.annotation, types.UnionType):
        return ""
    low = [one.ge for one in field.metadata if isinstance(one, annotated_types.Ge)]
    above = [one.gt for one in field.metadata if isinstance(one, annotated_types.Gt)]
    high = [one.le for one in field.metadata if isinstance(one, annotated_types.Le)]
    if low and high:
        return f" From {low[0]} to {high[0]}."
    if high and above:
        return f" Above {above[0]}, at most {high[0]}."
    return f" Above {above[0]}." if above else ""


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
