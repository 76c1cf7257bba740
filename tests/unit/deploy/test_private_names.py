"""What a library does not promise may go with its next version: who leans on it names the version exactly."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXACT = re.compile(r"^([\w-]+)==(\S+)$", re.MULTILINE)
PINNED = {name.lower(): exact for name, exact in EXACT.findall("\n".join(PROJECT["dependencies"]))}
OURS = ("schemas", "runtime", "producers", "processors", "sinks", "local", "review", "earshot", "demo")
BY_ATTRIBUTE = {"faust-streaming": "runtime/faust_app.py", "aiokafka": "runtime/faust_app.py"}
"""Libraries whose inner attributes are set, and where."""


def private_imports(source: str) -> Iterator[str]:
    """The library of each import of a private module or name."""
    for node in ast.walk(ast.parse(source)):
        for name in imported(node):
            library, *inner = name.split(".")
            is_private = any(re.match(r"_[^_]", part) for part in inner)
            if is_private and library not in OURS and library not in sys.stdlib_module_names:
                yield library


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_private_names_of_libraries_are_seen() -> None:
    seen = "import numpy._core", "from faster_whisper.tokenizer import _TASKS", "from chdb._arrow_format import x"
    assert list(private_imports("\n".join(seen))) == ["numpy", "faster_whisper", "chdb"]
    passed_over = "import os._x", "from runtime.x import _y", "from numpy import __version__", "from . import _x"
    assert list(private_imports("\n".join(passed_over))) == []


def test_a_library_whose_private_names_are_imported_is_pinned_exactly() -> None:
    distributions = packages_distributions()
    for path in (path for folder in OURS for path in (ROOT / folder).rglob("*.py")):
        for library in private_imports(path.read_text(encoding="utf-8")):
            assert any(name.lower() in PINNED for name in distributions[library]), (path, library)


@pytest.mark.parametrize("name", BY_ATTRIBUTE)
def test_a_library_whose_attributes_are_set_is_pinned_exactly_and_here_in_that_version(name: str) -> None:
    assert (ROOT / BY_ATTRIBUTE[name]).exists()
    assert PINNED[name] == version(name)
