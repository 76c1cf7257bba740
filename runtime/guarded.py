"""Work that a watching thread does over and over: what goes wrong in it is said, and ends neither thread nor watch."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


class Guarded:
    """Calls `work`; says the first of failures in a row, with its traceback, and goes on."""

    def __init__(self, work: Callable[[], None], complaint: str) -> None:
        """`complaint` is the line that says that it went wrong."""
        self._work = work
        self._complaint = complaint
        self._has_failed = False

    def __call__(self) -> None:
        """Does the work once."""
        try:
            self._work()
        except Exception:  # whatever it is: nobody is above this thread who could tell it
            if not self._has_failed:
                log.exception(self._complaint)
            self._has_failed = True
        else:
            self._has_failed = False
