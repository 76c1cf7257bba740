"""All checks at once, none of which can hold up the others or the user."""

import queue
import threading
import time
from collections.abc import Iterator, Sequence

from earshot.doctor.finding import Check, Finding, fail, warn
from runtime.errors import EarshotError
from runtime.settings import Settings

PATIENCE_S = 7.5
"""The doctor is to end within ten seconds, its own start included."""
Answer = queue.Queue[list[Finding]]


def examine(settings: Settings, checks: Sequence[Check], patience_s: float = PATIENCE_S) -> Iterator[Finding]:
    """The findings in the order of the checks, each as soon as it and those before it are known.

    Checks that may wait do so side by side; one without an answer after `patience_s` is told as a warning, and its
    thread is left behind.
    """
    deadline = time.monotonic() + patience_s
    waiting = {number: _start(check, settings) for number, check in enumerate(checks) if check.may_wait}
    for number, check in enumerate(checks):
        if number not in waiting:
            yield from looked(check, settings)
            continue
        try:
            yield from waiting[number].get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            yield _no_answer(check, patience_s)


def _start(check: Check, settings: Settings) -> Answer:
    answer: Answer = queue.Queue(1)
    threading.Thread(target=lambda: answer.put(looked(check, settings)), name=check.subject, daemon=True).start()
    return answer


def looked(check: Check, settings: Settings) -> list[Finding]:
    """What the check finds; that it failed is a finding, too."""
    try:
        return check.look(settings)
    except EarshotError as error:
        return [fail(check.subject, str(error), "mend what the line says")]
    except Exception as error:  # noqa: BLE001 - one broken check must not hide what the others found
        return [fail(check.subject, f"the check itself failed: {type(error).__name__}: {error}", "report this")]


def _no_answer(check: Check, patience_s: float) -> Finding:
    return warn(check.subject, f"no answer in {patience_s:g} s", "try again when the machine is less busy")
