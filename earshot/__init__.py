"""The door: the command line, and the Python API of a capture script."""

from producers.publisher import Publisher

__all__ = ["Publisher"]
