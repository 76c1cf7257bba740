"""Sixteen live channels: what each process costs, and how long speech takes to become a row.

    python -m bench.live [--seconds N] [--model PATH]

Starts the real stack on ports and in a folder of its own, plays the exercise at real-time pace, and measures the CPU
time of every process between the tenth second and the end. Prints two tables and writes bench/out/live.json.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.cpu import CpuMeter, Usage
from demo.live.board import Board
from demo.live.capture import CaptureOptions
from demo.live.console import account_lines, latency_table
from demo.live.places import placed
from demo.live.play import Play, Played
from demo.live.rehearsal import exercise_files, load_script
from demo.live.report import Latency, latency_of
from local.stack import Stack, StackOptions
from runtime.settings import LocalSettings, Settings, WhisperSettings
from schemas.topics import CHANNELS
from sinks.clickhouse.store import Store

SESSION = "bench-live"
WARM_UP_S = 10.0
STAGES_LIMIT = 0.35
SERVERS = ("kafka", "clickhouse")
TRANSCRIBER = "transcriber"


class Metering:
    """Begins to measure once the session is warm."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._meter: CpuMeter | None = None

    def on_tick(self, position_s: float) -> None:
        """The session is at `position_s`."""
        if self._meter is None and position_s > WARM_UP_S:
            self._meter = CpuMeter({service.name: service.pid for service in self._stack.services})

    def read(self) -> dict[str, Usage]:
        """Usage since the warm-up; empty if the session was shorter."""
        return self._meter.read() if self._meter is not None else {}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=None, help="only so much of the exercise")
    parser.add_argument("--model", default="models/demo")
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="earshot-live-") as folder:
        settings = placed(
            Settings(local=LocalSettings(data_dir=folder), whisper=WhisperSettings(model=options.model)), console.print
        )
        with Stack(settings, StackOptions(tell=console.print)) as stack:
            stack.start()
            metering = Metering(stack)
            usage: dict[str, Usage] = {}
            played = _play(settings, options.seconds, metering, usage)
            latencies = latency_of(Store(settings.clickhouse), SESSION)
    _report(console, played, usage, latencies)


def _play(settings: Settings, seconds: float | None, metering: Metering, usage: dict[str, Usage]) -> Played:
    _, length_s = load_script()
    board = Board.of(list(CHANNELS), seconds or length_s)
    play = Play(settings, CaptureOptions(SESSION, exercise_files(), "1", seconds), board)

    def on_tick(position_s: float) -> None:
        metering.on_tick(position_s)
        usage.update(metering.read())

    return play.run(lambda board: None, on_tick)


def _report(console: Console, played: Played, usage: Mapping[str, Usage], latencies: list[Latency]) -> None:
    table = Table("process", "of one core", "memory", title="Sixteen live channels", title_justify="left")
    for name, used in usage.items():
        table.add_row(name, f"{used.cores:.1%}", f"{used.memory_mb:.0f} MB")
    stages = sum(used.cores for name, used in usage.items() if name not in SERVERS and name != TRANSCRIBER)
    servers = sum(used.cores for name, used in usage.items() if name in SERVERS)
    table.add_section()
    table.add_row("stages but the transcriber", f"{stages:.1%}", f"(limit {STAGES_LIMIT:.0%})")
    table.add_row("... and the two servers", f"{stages + servers:.1%}", "")
    console.print(table)
    console.print(latency_table(latencies))
    console.print(f"from the last frame to the last row: {played.drain_s:.1f} s")
    for line in account_lines(played.account):
        console.print(line, highlight=False)
    out = Path("bench/out")
    out.mkdir(parents=True, exist_ok=True)
    figures = {
        "processes": {name: asdict(used) for name, used in usage.items()},
        "stages_cores": stages,
        "servers_cores": servers,
        "latency_ms": {latency.step: [latency.p50_ms, latency.p95_ms] for latency in latencies},
        "drain_s": played.drain_s,
        "faults": played.account.faults,
    }
    (out / "live.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
