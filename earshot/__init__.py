"""The door: the command line, and the one class that a capture script needs."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from producers.publisher import Publisher
    from runtime.errors import EarshotError

__all__ = ["EarshotError", "Publisher"]


def __getattr__(name: str) -> Any:
    """Loads what a script asks for only then, so that `earshot --help` stays quick."""
    if name == "Publisher":
        from producers.publisher import Publisher  # noqa: PLC0415

        return Publisher
    if name == "EarshotError":
        from runtime.errors import EarshotError  # noqa: PLC0415

        return EarshotError
    raise AttributeError(f"module 'earshot' has no attribute {name!r}")
