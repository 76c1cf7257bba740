"""A check in a process of its own: `python -m earshot.doctor.apart MODULE FUNCTION`.

Loading the libraries of a speech model keeps every thread of its process waiting, for most of a minute on a machine
with too much work. In a process of its own it holds up nothing, and may be left behind.
"""

import importlib
import json
import os
import subprocess
import sys

from earshot.doctor.examination import PATIENCE_S, looked
from earshot.doctor.finding import Check, Finding, Verdict, fail, warn
from local.child import ChildOptions, kill_child, start_child
from runtime.settings import Settings, child_environment, load_settings

WORDS_OF_A_FAILURE = 300


def look_apart(module: str, function: str, settings: Settings, patience_s: float = PATIENCE_S) -> list[Finding]:
    """What this check of `earshot.doctor` finds in a process of its own, which ends with this one."""
    command = [sys.executable, "-m", "earshot.doctor.apart", module, function]
    options = ChildOptions(environment=child_environment(settings), output=subprocess.PIPE)
    with start_child(command, options) as child:
        try:
            said, _ = child.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired:
            return [warn(module, f"no answer in {patience_s:g} s", "try again when the machine is less busy")]
        finally:
            kill_child(child)
    lines = said.decode(errors="replace").strip().splitlines()
    if child.returncode or not lines:
        reason = f"ended with status {child.returncode}: {' '.join(lines)[-WORDS_OF_A_FAILURE:]}"
        return [fail(module, reason, "report this, unless the machine is out of memory")]
    return [Finding(**{**found, "verdict": Verdict(found["verdict"])}) for found in json.loads(lines[-1])]


def main() -> None:
    """Looks, and writes what was found as the last line of standard output."""
    module, function = sys.argv[1:]
    look = getattr(importlib.import_module(f"earshot.doctor.{module}"), function)
    found = looked(Check(module, look), load_settings())
    facts = [{"subject": one.subject, "verdict": one.verdict.value, "what": one.what, "do": one.do} for one in found]
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
    os._exit(0)  # libraries may take their time to go


if __name__ == "__main__":
    main()
