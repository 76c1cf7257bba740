"""Dockerfile and .dockerignore against the project: nothing that runs is missing, nothing secret comes along."""

import re
import tomllib
from pathlib import Path

from runtime.settings import PREFIX, variable_names
from tests.unit.deploy.test_compose import OURS

PROJECT = Path(__file__).parents[3]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
IGNORE = (PROJECT / ".dockerignore").read_text().splitlines()
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())


def copied() -> set[str]:
    lines = re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


def test_every_package_of_the_wheel_is_copied() -> None:
    parts = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert {part.partition("/")[0] for part in parts} <= copied()


def test_what_is_copied_is_let_through() -> None:
    allowed = {line[1:] for line in IGNORE if line.startswith("!")}
    assert copied() == allowed
    assert IGNORE[1] == "*"


def test_the_ignore_file_keeps_secrets_out() -> None:
    assert not any("secrets" in line for line in IGNORE if line.startswith("!"))


def test_the_image_runs_as_nobody_in_particular() -> None:
    base = DOCKERFILE.split(" AS base")[1]
    assert "USER earshot" in base
    assert re.search(r"useradd --uid 10001", base)


def test_its_variables_are_settings() -> None:
    found = set(re.findall(rf"({PREFIX}\w+)=", DOCKERFILE))
    assert found
    assert found <= set(variable_names())


def test_the_two_targets_are_those_of_the_compose_file() -> None:
    targets = set(re.findall(r"^FROM base AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert targets == {"cpu", "cuda"} == {service["build"]["target"] for service in OURS.values()}


def test_nothing_is_fetched_at_the_start() -> None:
    assert "HF_HUB_OFFLINE=1" in DOCKERFILE
    assert re.search(rf"{PREFIX}WHISPER__MODEL=(/models/\w+)", DOCKERFILE)


def test_what_is_left_out_is_only_the_embedded_stack() -> None:
    lines = (PROJECT / "deploy" / "image-overrides.txt").read_text().splitlines()
    left_out = {line.split(";")[0] for line in lines if not line.startswith("#")}
    importers = {
        file.relative_to(PROJECT).parts[0]
        for package in ("schemas", "runtime", "producers", "processors", "sinks", "review", "earshot", "local")
        for file in (PROJECT / package).rglob("*.py")
        if re.search(rf"^\s*(?:from|import) (?:{'|'.join(left_out)})\b", file.read_text(), re.MULTILINE)
    }
    assert importers == {"local"}


def test_the_library_path_is_that_of_the_python_in_the_image() -> None:
    python = re.search(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert python is not None
    assert set(re.findall(r"lib/python([\d.]+)/site-packages", DOCKERFILE)) == {python[1]}
