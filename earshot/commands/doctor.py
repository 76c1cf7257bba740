"""`earshot doctor`: what is in order, what is not, and what to do about it."""

import importlib
import os
import sys
from functools import partial

import click
from rich.console import Console
from rich.text import Text

from earshot.doctor.apart import look_apart
from earshot.doctor.examination import examine
from earshot.doctor.finding import Check, Finding, Verdict, fail
from local.roster import effective
from runtime.errors import ConfigError
from runtime.settings import Settings, load_settings

WAITING = ("model", "servers")
APART = ("model",)
CHECKS = (
    ("python", "machine", "check_python"),
    ("memory", "machine", "check_memory"),
    ("disk", "machine", "check_disk"),
    ("ports", "machine", "check_ports"),
    ("java", "machine", "check_java"),
    ("clock", "machine", "check_clock"),
    ("model", "model", "check_gpu_and_model"),
    ("broker", "servers", "check_broker"),
    ("clickhouse", "servers", "check_clickhouse"),
)
COLORS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


@click.command()
def command() -> None:
    """Check this machine, the broker, ClickHouse and the model; exit code 1 if anything fails."""
    console = Console(highlight=False)
    found = []
    try:
        settings = effective(load_settings())
    except ConfigError as error:
        found.append(fail("settings", str(error), "mend them, then call the doctor again"))
        _show(console, found[0])
    else:
        for finding in examine(settings, [_check(*names) for names in CHECKS]):
            _show(console, finding)
            found.append(finding)
    verdicts = [finding.verdict for finding in found]
    console.print(f"{len(found)} looked at: {verdicts.count(Verdict.FAIL)} fail, {verdicts.count(Verdict.WARN)} warn")
    sys.stdout.flush()
    os._exit(1 if Verdict.FAIL in verdicts else 0)  # a check without an answer must not hold up the end


def _check(subject: str, module: str, function: str) -> Check:
    if module in APART:
        return Check(subject, partial(look_apart, module, function), may_wait=True)

    def look(settings: Settings) -> list[Finding]:
        found: list[Finding] = getattr(importlib.import_module(f"earshot.doctor.{module}"), function)(settings)
        return found

    return Check(subject, look, may_wait=module in WAITING or subject == "java")


def _show(console: Console, finding: Finding) -> None:
    line = Text(f"{finding.verdict.value:<5}", style=COLORS[finding.verdict])
    line.append(f"{finding.subject:<11}", style="default").append(finding.what, style="default")
    console.print(line, soft_wrap=True)
    if finding.do:
        console.print(Text(f"{'':<16}→ {finding.do}", style="default"), soft_wrap=True)
