"""`--set vad.stop=0.3`: settings of one run that differ from the environment's."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from runtime.errors import ConfigError
from runtime.settings import Settings

GROUPS = ("vad", "window", "whisper", "glossary")
"""What a private run may change: the rest (broker, tables, ports) is its own anyway."""


def parse_overrides(texts: Iterable[str]) -> dict[str, str]:
    """`group.name` → value. Raises ConfigError for what does not look like that."""
    overrides = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name.count(".") != 1:
            raise ConfigError(f"--set {text}: write group.name=value, as in --set vad.stop=0.3")
        overrides[name.strip()] = value.strip()
    return overrides


def with_overrides(settings: Settings, overrides: Mapping[str, str]) -> Settings:
    """The settings with these values. Raises ConfigError naming each that does not exist or does not fit."""
    facts = settings.model_dump()
    for name, value in overrides.items():
        group, _, key = name.partition(".")
        if group not in GROUPS or key not in facts[group]:
            raise ConfigError(f"--set {name}: no such setting of {', '.join(GROUPS)}{_names_of(facts, group)}")
        facts[group][key] = value.split(",") if isinstance(facts[group][key], list | tuple) else value
    groups: dict[str, Any] = {}
    faults = []
    for group in GROUPS:
        try:
            groups[group] = type(getattr(settings, group)).model_validate(facts[group])
        except ValidationError as error:
            faults += [_fault(group, item) for item in error.errors()]
    if faults:
        raise ConfigError(f"--set {'; '.join(faults)}")
    return settings.model_copy(update=groups)


def changed(before: Settings, after: Settings) -> dict[str, tuple[str, str]]:
    """What differs among the groups that shape a text: `group.name` → value before and after."""
    changes = {}
    for group in GROUPS:
        old, new = getattr(before, group).model_dump(), getattr(after, group).model_dump()
        changes.update({f"{group}.{key}": (shown(old[key]), shown(new[key])) for key in old if old[key] != new[key]})
    return changes


def described(settings: Settings) -> dict[str, str]:
    """Every setting that shapes a text, as `group.name` → value."""
    return {
        f"{group}.{key}": shown(value)
        for group in GROUPS
        for key, value in getattr(settings, group).model_dump().items()
    }


def shown(value: object) -> str:
    """A value as text; 500 and 500.0 are the same."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:.12g}"


def _fault(group: str, item: ErrorDetails) -> str:
    if not item["loc"]:  # values that contradict each other
        return f"{group}: {item['msg'].removeprefix('Value error, ')}"
    return f"{group}.{'.'.join(str(part) for part in item['loc'])}: {item['msg']} (got {item['input']!r})"


def _names_of(facts: dict[str, Any], group: str) -> str:
    return f" ({group} has {', '.join(facts[group])})" if group in GROUPS else ""
