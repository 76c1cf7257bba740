"""Rounds one after the other until there were enough kills, kept in a folder so that a later run can go on."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.chaos.comparison import differences
from bench.chaos.kill_log import Entry, totals
from bench.chaos.outcome import Outcome
from bench.chaos.plan import CLICKHOUSE, Blow, Kind, PlanOptions, plan_of
from bench.chaos.producer import Programme
from bench.chaos.rounds import Played, Round, RoundOptions
from demo.live.places import placed
from demo.live.rehearsal import EXERCISE, exercise_files
from local.stack import Stack, StackOptions
from runtime.errors import EarshotError
from runtime.settings import KafkaSettings, LocalSettings, Settings, child_environment

PARTITIONS = 2
"""So that two transcribers both have work."""
EXERCISE_S = 90.0
FIRST_CHANNELS = ("C01", "C05", "C14", "C15")
"""What few channels are taken from first: two languages, long speech, noise."""
SEEDS_PER_RUN = 1000
LONG_ABSENCE_AT_S = 3.0


@dataclass(frozen=True, slots=True)
class CourseOptions:
    """What is played, and what happens to it."""

    seed: int
    kills: int
    kills_per_round: int = 12
    speed: float = 4.0
    channels: int = 16
    loops: int = 1
    seconds: float | None = None
    longest_s: float = 12.0
    clickhouse_away_s: float = 0.0
    """Above 0, a round in which ClickHouse is away for so long comes first."""
    minutes: float = 20.0
    """No round begins after this."""
    goes_on: bool = False
    """Whether rounds follow one that showed a difference."""


@dataclass(frozen=True, slots=True)
class RoundResult:
    """One round, as `rounds.jsonl` keeps it."""

    number: int
    seed: int
    kills: int
    done: dict[str, dict[str, int]]
    differences: tuple[str, ...]
    took_s: float


class Course:
    """One run, in one folder; what the folder holds already is not done again."""

    def __init__(self, folder: Path, options: CourseOptions, tell: Callable[[str], None]) -> None:
        self._folder = folder.absolute()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._options = options
        self._tell = tell
        self._stack = self._folder / f"stack-{datetime.now(UTC):%H%M%S}"  # one that was cut off has left open streams
        self._programme = programme_of(options)
        self._settings = placed(
            Settings(kafka=KafkaSettings(partitions=PARTITIONS), local=LocalSettings(data_dir=str(self._stack))),
            tell,
        )
        self.results = self._known_results()

    @property
    def kills(self) -> int:
        """Kills so far."""
        return sum(result.kills for result in self.results)

    def run(self) -> bool:
        """Plays until there were enough kills or the time is up; False if anything differed."""
        began = time.monotonic()
        expected = self._reference()
        while not self._is_enough() and time.monotonic() - began < self._options.minutes * 60:
            result = self._disturbed(expected, len(self.results) + 1)
            self.results.append(result)
            with (self._folder / "rounds.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(_as_json(result), ensure_ascii=False) + "\n")
            if result.differences and not self._options.goes_on:
                break
        is_equal = not any(result.differences for result in self.results)
        if is_equal:
            shutil.rmtree(self._stack, ignore_errors=True)
        return is_equal

    def _is_enough(self) -> bool:
        has_absence = not self._options.clickhouse_away_s or bool(self.results)
        return has_absence and self.kills >= self._options.kills

    def _reference(self) -> Outcome:
        """The undisturbed run; played once for a folder. Raises EarshotError if it does not add up by itself."""
        path = self._folder / "reference.json"
        if path.exists():
            return Outcome.load(path)
        self._tell("the undisturbed run")
        played = self._play("undisturbed", [], "max")
        faults = [*played.faults, *differences(played.outcome, played.outcome)]
        if faults or not played.outcome.rows:
            raise EarshotError(f"the undisturbed run does not add up: {'; '.join(faults) or 'no rows'}")
        windows, rows = len(played.outcome.windows), len(played.outcome.rows)
        self._tell(f"undisturbed: {windows} windows, {rows} rows, {played.took_s:.0f} s")
        played.outcome.save(path)
        return played.outcome

    def _disturbed(self, expected: Outcome, number: int) -> RoundResult:
        seed = self._options.seed * SEEDS_PER_RUN + number
        self._tell(f"round {number}, seed {seed}; {self.kills} of {self._options.kills} kills so far")
        played = self._play(f"round-{number}", self._plan(seed, number), f"{self._options.speed:g}")
        faults = (*played.faults, *differences(expected, played.outcome))
        done = totals(played.entries)
        kills = sum(_is_kill(entry) for entry in played.entries)
        self._tell(
            f"round {number}: {kills} kills, {len(faults)} differences, {len(played.outcome.rows)} rows, "
            f"{played.looks} looks at commits, {played.took_s:.0f} s; {_told(done)}"
        )
        return RoundResult(number, seed, kills, done, faults, round(played.took_s, 1))

    def _plan(self, seed: int, number: int) -> list[Blow]:
        options = self._options
        length_s = (options.seconds or EXERCISE_S * options.loops) / options.speed
        plan = plan_of(seed, PlanOptions(options.kills_per_round, 1.2 * length_s, options.longest_s))
        if number == 1 and options.clickhouse_away_s:
            absence = Blow(LONG_ABSENCE_AT_S, CLICKHOUSE, Kind.AWAY, options.clickhouse_away_s)
            plan = sorted([absence, *(blow for blow in plan if blow.target != CLICKHOUSE)])
        return plan

    def _play(self, name: str, plan: list[Blow], speed: str) -> Played:
        """One session on a stack that is started for it, on what the sessions before have left."""
        session_id = f"{name}-{datetime.now(UTC):%H%M%S}"
        own_log = self._folder / f"{name}.log"

        def note(line: str) -> None:
            with own_log.open("a", encoding="utf-8") as file:
                file.write(f"{datetime.now(UTC):%H:%M:%S.%f} {line}\n")

        def tell(line: str) -> None:
            note(line)
            self._tell(line)

        options = RoundOptions(session_id, self._programme, speed, self._folder / f"{name}.kills.jsonl", tell)
        with Stack(self._settings, StackOptions(tell=note)) as stack:
            stack.start()
            _push_glossary(stack.settings)
            return Round(stack, options).run(plan)

    def _known_results(self) -> list[RoundResult]:
        path = self._folder / "rounds.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [
            RoundResult(**{**json.loads(line), "differences": tuple(json.loads(line)["differences"])}) for line in lines
        ]


def programme_of(options: CourseOptions) -> Programme:
    """The first channels of the exercise, those that show most before the others."""
    files = {path.stem: path for path in exercise_files()}
    order = [*FIRST_CHANNELS, *(channel for channel in files if channel not in FIRST_CHANNELS)]
    channels = tuple(sorted(order[: options.channels]))
    return Programme(tuple(files[channel] for channel in channels), channels, options.loops, options.seconds)


def _push_glossary(settings: Settings) -> None:
    command = [sys.executable, "-m", "earshot", "glossary", "push", str(EXERCISE / "glossary.yaml")]
    done = subprocess.run(command, env=child_environment(settings), capture_output=True, text=True, check=False)
    if done.returncode:
        raise EarshotError(f"the glossary could not be pushed: {done.stderr.strip()}")


def _is_kill(entry: Entry) -> bool:
    return entry.was_done and entry.kind in (Kind.KILL.value, Kind.AWAY.value)


def _told(done: dict[str, dict[str, int]]) -> str:
    return "; ".join(
        f"{kind}: {', '.join(f'{name} {count}' for name, count in counts.items())}" for kind, counts in done.items()
    )


def _as_json(result: RoundResult) -> dict[str, object]:
    return {name: getattr(result, name) for name in RoundResult.__dataclass_fields__}
