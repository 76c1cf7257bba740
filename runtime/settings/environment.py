"""Settings as environment variables `EARSHOT_GROUP__NAME`: read and checked at the door, handed on to children."""

import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from runtime.errors import ConfigError
from runtime.settings.settings import PREFIX, Settings


def load_settings() -> Settings:
    """The settings of this process. Raises ConfigError naming every fault at once."""
    faults = unknown_names(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        faults += [_fault(item) for item in error.errors() if item["type"] != "extra_forbidden"]
        settings = None
    if faults or settings is None:
        raise ConfigError("settings are wrong:\n" + "\n".join(f"  {fault}" for fault in faults))
    return settings


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """A line for each variable that starts like a setting and is none."""
    known = set(variable_names())
    faults = []
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {close[0]}?" if close else "; see the settings table in README.md"
            faults.append(f"{name}: no such setting{hint}")
    return faults


def variable_names() -> list[str]:
    """Every variable that `Settings` reads."""
    return [
        f"{PREFIX}{group}__{name}".upper()
        for group, info in Settings.model_fields.items()
        for name in _fields_of(info.annotation)
    ]


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as variables for a child process; only those that differ from the defaults.

    A secret that came from a file stays there: the child reads the file.
    """
    variables = {}
    for group, values in settings.model_dump(exclude_defaults=True).items():
        for name, value in values.items():
            if f"{name}_file" in values and isinstance(value, SecretStr):
                continue
            variables[f"{PREFIX}{group}__{name}".upper()] = _as_variable(value)
    return variables


def child_environment(settings: Settings) -> dict[str, str]:
    """All variables of a child process: ours without any setting in them, and `settings`."""
    inherited = {name: text for name, text in os.environ.items() if not name.upper().startswith(PREFIX)}
    return inherited | environment_of(settings)


def user_cache_dir() -> Path:
    """The user's folder for what can be fetched or made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Caches").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def _fields_of(group: Any) -> dict[str, Any]:
    return dict(group.model_fields)


def _fault(item: Any) -> str:
    path = [str(part) for part in item["loc"]]
    variable = PREFIX + "__".join(path[:2]).upper()
    got = "" if isinstance(item["input"], dict | BaseModel) else f" (got {item['input']!r})"
    return f"{variable}: {item['msg'].removeprefix('Value error, ')}{got}"


def _as_variable(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list | tuple):
        return "[" + ",".join(f'"{item}"' for item in value) + "]"
    return str(value)
