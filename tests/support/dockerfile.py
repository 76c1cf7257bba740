"""What our Dockerfile says, so that tests hold to it and cannot drift from it."""

import json
import re
import shlex
from pathlib import Path

PROJECT = Path(__file__).parents[2]
STAGE = re.compile(r"FROM (\S+) AS (\S+)")


def instructions(target: str) -> list[tuple[str, str]]:
    """The instructions of a target and of the targets it is built on, first to last: their name and what follows."""
    lines = re.sub(r"\\\n", " ", (PROJECT / "Dockerfile").read_text()).splitlines()
    stages: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "FROM" and (stage := STAGE.fullmatch(line)):
            name = stage[2]
            stages[name] = list(stages.get(stage[1], []))
        elif name and word.isupper():
            stages[name].append((word, rest.strip()))
    return stages[target]


def last(target: str, name: str) -> str:
    """What the last instruction of that name says."""
    return [rest for word, rest in instructions(target) if word == name][-1]


def environment(target: str) -> dict[str, str]:
    """The variables that a container of the target has."""
    pairs = [pair for word, rest in instructions(target) if word == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def entrypoint(target: str) -> list[str]:
    """The command that every container starts with."""
    return list(json.loads(last(target, "ENTRYPOINT")))


def health_check(target: str) -> list[str]:
    """The command that asks a container for its health."""
    return list(json.loads(last(target, "HEALTHCHECK").partition("CMD ")[2]))


def user_id(target: str) -> int:
    """The user that its containers run as."""
    made = re.search(rf"useradd --uid (\d+) .*{last(target, 'USER')}\b", (PROJECT / "Dockerfile").read_text())
    assert made is not None
    return int(made[1])
