"""Kill everything while the exercise plays; the rows must be those of a run that nobody disturbed.

    python -m bench.chaos [--seed N] [--kills N] [--speed 4] [--minutes M] [--folder DIR] …

Starts the real stack on ports and in a folder of its own and plays the exercise once undisturbed. Then it plays it
again, round after round, while it kills, freezes, ends and takes away producer, stages, ClickHouse and broker in an
order that the seed decides, and lets a second segmenter and transcriber come and go. Each round is compared with the
undisturbed run: windows bit for bit, rows field by field, none missing, none twice, and no offset committed past sound
whose windows were not published. Exit status 1 where anything differs; the folder then holds the logs of every
process and the kill log. A run in the same --folder goes on where the last one stopped.
"""

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import SystemRandom

from bench.chaos.course import Course, CourseOptions, RoundResult

SHOWN_DIFFERENCES = 40


def main() -> None:
    """Runs and reports."""
    logging.basicConfig(level=logging.CRITICAL)  # our own clients find the broker away over and over
    arguments = parsed()
    is_kept = arguments.folder is not None
    folder = Path(arguments.folder) if is_kept else Path(tempfile.mkdtemp(prefix="earshot-chaos-"))
    options = options_of(arguments)
    tell(f"seed {options.seed}, folder {folder}")
    course = Course(folder, options, tell)
    began = time.monotonic()
    is_equal = course.run()
    report(course.results, options.kills, time.monotonic() - began)
    if not is_equal:
        tell(f"kept: {folder} (stack-*/logs, round-N.log, round-N.kills.jsonl); again: --seed {options.seed}")
        sys.exit(1)
    if not is_kept:
        shutil.rmtree(folder)
    if course.kills < options.kills:
        tell(f"the time was up after {course.kills} of {options.kills} kills")
        sys.exit(1)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=None, help="decides everything that happens; by default random")
    parser.add_argument("--kills", type=int, default=100, help="SIGKILLs in all (default 100)")
    parser.add_argument("--per-round", type=int, default=12, help="of these in one round (default 12)")
    parser.add_argument("--speed", type=float, default=4.0, help="times real time (default 4)")
    parser.add_argument("--channels", type=int, default=16, help="of the sixteen (default all)")
    parser.add_argument("--loops", type=int, default=1, help="the exercise so many times on end (default once)")
    parser.add_argument("--seconds", type=float, default=None, help="only so much of each channel")
    parser.add_argument("--longest-s", type=float, default=12.0, help="longest freeze or absence (default 12)")
    parser.add_argument("--clickhouse-away-s", type=float, default=0.0, help="a round with such an absence comes first")
    parser.add_argument("--minutes", type=float, default=20.0, help="no round begins after so long (default 20)")
    parser.add_argument("--folder", default=None, help="keeps everything; a second run goes on there")
    parser.add_argument("--go-on", action="store_true", help="go on after a round that showed a difference")
    return parser.parse_args()


def options_of(arguments: argparse.Namespace) -> CourseOptions:
    """The command line as options; without a seed a random one."""
    return CourseOptions(
        seed=SystemRandom().randrange(1, 100_000) if arguments.seed is None else arguments.seed,
        kills=arguments.kills,
        kills_per_round=arguments.per_round,
        speed=arguments.speed,
        channels=arguments.channels,
        loops=arguments.loops,
        seconds=arguments.seconds,
        longest_s=arguments.longest_s,
        clickhouse_away_s=arguments.clickhouse_away_s,
        minutes=arguments.minutes,
        goes_on=arguments.go_on,
    )


def report(results: list[RoundResult], kills: int, took_s: float) -> None:
    """The rounds in all, and what differed."""
    done: dict[str, Counter[str]] = {}
    for result in results:
        for kind, counts in result.done.items():
            done.setdefault(kind, Counter()).update(counts)
    found = sum(len(result.differences) for result in results)
    killed = sum(result.kills for result in results)
    tell(f"{len(results)} rounds, {killed} kills (wanted {kills}), {found} differences, {took_s / 60:.1f} minutes")
    for kind, totals in sorted(done.items()):
        tell(f"  {kind:8}  " + ", ".join(f"{name} {count}" for name, count in sorted(totals.items())))
    for result in results:
        for line in result.differences[:SHOWN_DIFFERENCES]:
            tell(f"round {result.number} (seed {result.seed}): {line}")


def tell(line: str) -> None:
    """One line with its time, at once also into a file."""
    print(f"{datetime.now():%H:%M:%S} {line}", flush=True)


if __name__ == "__main__":
    main()
