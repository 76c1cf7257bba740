"""Frames on disk until the broker has them: a queue of files that outlives its process."""

from producers.spool.folder import SpoolFolder
from producers.spool.queue import Spool

__all__ = ["Spool", "SpoolFolder"]
