"""Draining a backlog: the transcriber against bare faster-whisper on the same windows, model, core and options.

    python -m bench.drain [--repeat N] [--model PATH]

The exercise is published N times at once and cut into windows by the real segmenter. Then three decoders work through
the same windows, one after the other, each in a process of its own bound to the same core:
the transcriber (reading Kafka, writing transactions), faster-whisper's batched pipeline, and faster-whisper one
window at a time. All decode with the same beam, with word times, and detect the language of each window.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.backlog import Backlog, build_backlog

CORE = 0


@dataclass(frozen=True, slots=True)
class Drained:
    """One decoder's result."""

    name: str
    windows: int
    audio_s: float
    busy_s: float
    """From the first batch taken to the last text written; loading the model does not count."""

    @property
    def speed(self) -> float:
        """Seconds of speech decoded in one second."""
        return self.audio_s / self.busy_s


def main() -> None:
    """Measures and prints the table; writes bench/out/drain.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=4, help="how often the exercise is published")
    parser.add_argument("--model", default="models/demo")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="earshot-drain-") as folder:
        backlog = build_backlog(Path(folder), options.repeat)
        with backlog:
            ours = backlog.drain(options.model, CORE)
            windows = backlog.save_windows(Path(folder) / "windows.npz")
        results = [
            Drained("earshot transcriber", *ours),
            _peer("batched", windows, options.model),
            _peer("single", windows, options.model),
        ]
    _report(results, backlog)


def _peer(mode: str, windows: Path, model: str) -> Drained:
    command = [sys.executable, "-m", "bench.peer", mode, str(windows), model]
    done = subprocess.run(command, check=True, capture_output=True, text=True, preexec_fn=_bind)
    said = json.loads(done.stdout.splitlines()[-1])
    name = {"batched": "faster-whisper, batched", "single": "faster-whisper, one at a time"}[mode]
    return Drained(name, said["windows"], said["audio_s"], said["busy_s"])


def _bind() -> None:
    os.sched_setaffinity(0, {CORE})


def _report(results: list[Drained], backlog: Backlog) -> None:
    ours = results[0]
    table = Table("decoder", "windows", "speech", "time", "× real time", "ours is faster by")
    for result in results:
        table.add_row(
            result.name,
            str(result.windows),
            f"{result.audio_s:.0f} s",
            f"{result.busy_s:.1f} s",
            f"{result.speed:.1f}",
            "" if result is ours else f"{ours.speed / result.speed:.2f}",
        )
    Console().print(table)
    out = Path("bench/out")
    out.mkdir(parents=True, exist_ok=True)
    figures = [{"name": r.name, "windows": r.windows, "audio_s": r.audio_s, "busy_s": r.busy_s} for r in results]
    (out / "drain.json").write_text(json.dumps({"repeat": backlog.repeat, "decoders": figures}, indent=1))


if __name__ == "__main__":
    main()
