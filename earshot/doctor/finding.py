"""What a check found, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from runtime.settings import Settings


class Verdict(Enum):
    """How good a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    subject: str
    verdict: Verdict
    what: str
    do: str = ""
    """What to do about it; empty where all is well."""


def ok(subject: str, what: str) -> Finding:
    """All is well."""
    return Finding(subject, Verdict.OK, what)


def warn(subject: str, what: str, do: str) -> Finding:
    """It will run, but not as it might."""
    return Finding(subject, Verdict.WARN, what, do)


def fail(subject: str, what: str, do: str) -> Finding:
    """It will not run."""
    return Finding(subject, Verdict.FAIL, what, do)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at; it may find several."""

    subject: str
    look: Callable[[Settings], list[Finding]]
    may_wait: bool = False
    """Whether it may have to wait for something else than this machine's own files."""
