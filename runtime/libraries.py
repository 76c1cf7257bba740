"""Versions of installed libraries, for events that say what they were made with."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from schemas.events import Library


@cache
def libraries_of(*names: str) -> tuple[Library, ...]:
    """The libraries of these distributions' names, by name; one that is not installed has no version."""
    return tuple(Library(name, _version_of(name)) for name in sorted(names))


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
