"""Polling with a deadline that no machine reaches, however busy: only what never comes fails."""

import time
from collections.abc import Callable

PATIENCE_S = 120.0


def wait_until(is_true: Callable[[], object], what: str = "what was waited for", within_s: float = PATIENCE_S) -> None:
    """Returns once `is_true` says so."""
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline, f"not in {within_s:g} s: {what}"
        time.sleep(0.02)
