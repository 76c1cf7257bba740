"""Settings as environment variables `EARSHOT_GROUP__NAME`: read and checked at the door, handed on to children."""

import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, SecretStr, ValidationError

from runtime.errors import ConfigError
from runtime.settings.settings import Settings

PREFIX = "EARSHOT_"


def load_settings() -> Settings:
    """The settings of this process. Raises ConfigError naming every fault at once."""
    faults = unknown_names(os.environ)
    try:
        settings = Settings.model_validate(_values_in(os.environ))
    except ValidationError as error:
        faults += [_fault(item) for item in error.errors()]
        settings = None
    if faults or settings is None:
        raise ConfigError("settings are wrong:\n" + "\n".join(f"  {fault}" for fault in faults))
    return settings


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """A line for each variable that starts like a setting and is none."""
    known = set(variable_names())
    own_names = [name.removeprefix(PREFIX) for name in known]
    faults = []
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = get_close_matches(name.upper().removeprefix(PREFIX), own_names, n=1)  # all share the prefix
            hint = f"; did you mean {PREFIX}{close[0]}?" if close else "; docs/operations.md lists them all"
            faults.append(f"{name}: no such setting{hint}")
    return faults


def variable_names() -> list[str]:
    """Every variable that `Settings` reads."""
    return [_variable_of(group, name) for group, name in _places()]


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as variables for a child process; only those that differ from the defaults.

    A secret that came from a file stays there: the child reads the file.
    """
    variables = {}
    for group, values in settings.model_dump(exclude_defaults=True).items():
        for name, value in values.items():
            if f"{name}_file" in values and isinstance(value, SecretStr):
                continue
            variables[_variable_of(group, name)] = _as_variable(value)
    return variables


def child_environment(settings: Settings) -> dict[str, str]:
    """All variables of a child process: ours without any setting in them, and `settings`."""
    inherited = {name: text for name, text in os.environ.items() if not name.upper().startswith(PREFIX)}
    return inherited | environment_of(settings)


def foreign_variables(*names: str) -> dict[str, str]:
    """Those of `names` that are set: variables of a library's own, which no setting of ours stands for."""
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def user_cache_dir() -> Path:
    """The user's folder for what can be fetched or made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Caches").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def _places() -> list[tuple[str, str]]:
    return [
        (group, name)
        for group, info in Settings.model_fields.items()
        for name in cast("type[BaseModel]", info.annotation).model_fields
    ]


def _variable_of(group: str, name: str) -> str:
    return f"{PREFIX}{group}__{name}".upper()


def _values_in(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The variables by group and name; case does not matter."""
    given = {name.upper(): text for name, text in environ.items()}
    values: dict[str, dict[str, str]] = {}
    for group, name in _places():
        variable = _variable_of(group, name)
        if variable in given:
            values.setdefault(group, {})[name] = given[variable]
    return values


def _fault(item: Any) -> str:
    """One line: the variable, what is wrong with it, what was given, and what it is."""
    path = [str(part) for part in item["loc"]]
    variable = PREFIX + "__".join(path[:2]).upper()
    text = item["msg"].removeprefix("Value error, ")
    if len(path) == 1:
        return f"{variable}: {text}"
    fields = cast("type[BaseModel]", Settings.model_fields[path[0]].annotation).model_fields
    what = " ".join(str(fields[path[1]].description).split())
    return f"{variable}: {text} (got {item['input']!r}). {what}"


def _as_variable(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list | tuple):
        return "[" + ",".join(f'"{item}"' for item in value) + "]"
    return str(value)
