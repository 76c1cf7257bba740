"""The door: the command line, and the one class that a capture script needs."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from producers.publisher import Publisher

__all__ = ["Publisher"]


def __getattr__(name: str) -> Any:
    """Loads `Publisher` when it is asked for, so that `earshot --help` stays quick."""
    if name == "Publisher":
        from producers.publisher import Publisher  # noqa: PLC0415

        return Publisher
    raise AttributeError(f"module 'earshot' has no attribute {name!r}")
