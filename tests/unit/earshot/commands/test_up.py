"""The lines of `earshot up`."""

import contextlib
import sys
from pathlib import Path

import pytest

from earshot.commands.up import Terminal


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is full (/dev/full, on Linux)")
def test_full_disk_under_a_redirected_output_stops_no_thread(monkeypatch):
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closing it fails too
    monkeypatch.setattr(sys, "stderr", full)
    terminal = Terminal(quiet=False)
    terminal.tell("starting kafka")
    terminal.line("kafka", "kafka starts")
    with contextlib.suppress(OSError):
        full.close()


def test_every_line_has_its_service(capsys):
    terminal = Terminal(quiet=False)
    terminal.tell("ready")
    terminal.line("kafka", "kafka starts")
    Terminal(quiet=True).line("kafka", "left out")
    assert capsys.readouterr().err.splitlines() == ["earshot      │ ready", "kafka        │ kafka starts"]
