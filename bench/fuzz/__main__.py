"""Bad messages by the thousand on every topic of a real stack.

    python -m bench.fuzz [--seed N] [--messages 10000] [--seconds 16]

Starts the stack on ports and in a folder of its own, plays some of the exercise in peace, and then storms each topic
that a stage reads: so many bad messages with the peaceful session's good ones between them under another name. Every
process must live, every bad message must have one dead letter with its place and a reason, and no good one; and every
good one must become the row that it was in peace. Prints a table, writes bench/out/fuzz.json, exits 1 on a miss.
"""

import argparse
import json
import secrets
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.fuzz.calm import play_calmly
from bench.fuzz.campaign import Campaign
from bench.fuzz.pulse import Pulse
from bench.fuzz.storm import Outcome
from local.ports import free_ports
from local.stack import Stack, StackOptions
from runtime.settings import KafkaSettings, LocalSettings, Settings

FAILED_EXIT_CODE = 1
SEEDS = 10_000
WIDTH = 120


def main() -> None:
    """Storms, prints, and exits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=None, help="the same seed makes the same messages")
    parser.add_argument("--messages", type=int, default=10_000, help="bad messages on each topic")
    parser.add_argument("--seconds", type=float, default=16.0, help="so much of the exercise goes between them")
    parser.add_argument("--folder", type=Path, default=None, help="where the stack's data and logs stay")
    options = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    seed = secrets.randbelow(SEEDS) if options.seed is None else options.seed
    console.print(f"seed {seed}, {options.messages} bad messages on each topic")
    with tempfile.TemporaryDirectory(prefix="earshot-fuzz-") as folder:
        settings = _own_settings(options.folder or Path(folder))
        with Stack(settings, StackOptions(tell=console.print)) as stack:
            stack.start()
            calm = play_calmly(settings, options.seconds)
            pulse = Pulse(stack)
            outcomes = []
            for outcome in Campaign(stack, calm, seed, options.messages).storms():
                console.print(f"{outcome.name}: {outcome.seconds:.0f} s")
                outcomes.append(outcome)
            faults = [*(fault for outcome in outcomes for fault in outcome.faults), *pulse.faults()]
    _report(console, seed, outcomes, faults)
    sys.exit(FAILED_EXIT_CODE if faults else 0)


def _own_settings(folder: Path) -> Settings:
    """A stack of its own: free ports, data below `folder`."""
    kafka, controller, clickhouse, ops = free_ports(4)
    local = LocalSettings(
        data_dir=str(folder),
        kafka_port=kafka,
        kafka_controller_port=controller,
        clickhouse_port=clickhouse,
        ops_port=ops,
    )
    return Settings(local=local, kafka=KafkaSettings(bootstrap=f"127.0.0.1:{kafka}"))


def _report(console: Console, seed: int, outcomes: list[Outcome], faults: list[str]) -> None:
    names = ("topic", "bad", "letters", "of these cut", "good between", "rows wanted", "arrived", "time")
    table = Table(*names, title=f"Bad messages, seed {seed}", title_justify="left")
    for one in outcomes:
        counts = (one.bad, one.letters, one.cut, one.good, one.wanted, one.arrived)
        table.add_row(one.name, *map(str, counts), f"{one.seconds:.0f} s")
    console.print(table)
    for fault in faults:
        console.print(fault, markup=False)
    console.print("every process lived" if not any("has died" in fault for fault in faults) else "")
    out = Path("bench/out")
    out.mkdir(parents=True, exist_ok=True)
    figures = {"seed": seed, "outcomes": [asdict(one) for one in outcomes], "faults": faults}
    (out / "fuzz.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
