"""The demo from start to end: stack up, exercise played, figures shown, stack down."""

import contextlib
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from demo.live.board import Board
from demo.live.capture import CaptureOptions
from demo.live.console import Screen, account_lines, latency_table, results_table
from demo.live.places import apart, placed
from demo.live.play import Play, Played
from demo.live.report import Line, latency_of, real_time_factor, results_of, word_to_search
from local.child import ChildOptions, start_child
from local.stack import Stack, StackOptions
from producers.pacing import speed_of
from runtime.errors import ConfigError, EarshotError
from runtime.settings import ClickHouseSettings, Settings, child_environment
from schemas.topics import CHANNELS
from sinks.clickhouse.store import Store

EXERCISE = Path(__file__).resolve().parents[1]
FAILED_EXIT_CODE = 1
KEEP_POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """What the command line asks for."""

    speed: str = "1"
    seconds: float | None = None
    keep_running: bool = False


class Rehearsal:
    """One demo."""

    def __init__(self, settings: Settings, options: RehearsalOptions, console: Console) -> None:
        self._console = console
        self._options = options
        self._is_live = speed_of(options.speed) == 1
        self._script, self._length_s = load_script()
        self._until_s = min(self._length_s, options.seconds or self._length_s)
        self._settings = placed(apart(settings), lambda line: console.print(line, style="yellow"))

    def run(self) -> int:
        """Plays and reports; returns the exit status."""
        began = time.monotonic()
        with Stack(self._settings, StackOptions(tell=self._tell)) as stack:
            stack.start()
            self._console.print(f"the stack is up after {time.monotonic() - began:.1f} s")
            self._push_glossary()
            played = self._play()
            passed = self._report(played, real_time_factor(stack.services))
            if self._options.keep_running:
                self._keep()
        return 0 if passed else FAILED_EXIT_CODE

    def _tell(self, line: str) -> None:
        self._console.print(line, style="dim", highlight=False)

    def _push_glossary(self) -> None:
        command = [sys.executable, "-m", "earshot", "glossary", "push", str(EXERCISE / "glossary.yaml")]
        child = start_child(
            command, ChildOptions(environment=child_environment(self._settings), output=subprocess.PIPE)
        )
        said, _ = child.communicate()
        if child.returncode:
            raise EarshotError(f"the glossary could not be pushed: {said.decode(errors='replace').strip()}")

    def _play(self) -> Played:
        session_id = datetime.now(UTC).strftime("demo-%Y%m%d-%H%M%S")
        board = Board.of(list(CHANNELS), self._until_s)
        capture = CaptureOptions(session_id, exercise_files(), self._options.speed, self._options.seconds)
        play = Play(self._settings, capture, board)
        self._console.print(f"session {session_id}: sixteen channels, {self._until_s:.0f} s")
        with Screen(self._console) as screen:
            return play.run(screen.show)

    def _report(self, played: Played, factor: float | None) -> bool:
        results = results_of(played.ledger, self._script, CHANNELS, self._until_s)
        store = Store(self._settings.clickhouse)
        try:
            latencies = latency_of(store, played.session_id) if self._is_live and played.ledger.segments else []
        finally:
            store.close()
        self._console.print(results_table(results))
        if latencies:
            self._console.print(latency_table(latencies))
        elif not self._is_live:
            self._console.print("latency is told at speed 1: at another, sound is not captured when it is heard")
        if factor is not None:
            self._console.print(
                f"real-time factor of Whisper: {factor:.3f} (time in the model for each second of sound)"
            )
        for line in account_lines(played.account):
            self._console.print(line, highlight=False, soft_wrap=True)
        self._show_search(word_to_search(played.ledger), played.session_id)
        self._show_way_on()
        return not played.account.faults and not any(result.failed for result in results)

    def _show_search(self, word: str, session_id: str) -> None:
        self._console.print(f"\n$ earshot search {word} --session {session_id}", style="bold", highlight=False)
        command = [sys.executable, "-m", "earshot", "search", word, "--session", session_id]
        start_child(command, ChildOptions(environment=child_environment(self._settings))).wait()

    def _show_way_on(self) -> None:
        self._console.print("\nThe demo's log and tables lie in a folder of their own. Go on with:")
        for line in way_on(self._settings, self._options.keep_running):
            self._console.print(f"  {line}", highlight=False, soft_wrap=True)

    def _keep(self) -> None:
        self._console.print("\nThe stack keeps running; Ctrl-C ends it.", style="bold")
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(KEEP_POLL_S)


def way_on(settings: Settings, keeps_running: bool) -> list[str]:
    """The commands that show what a demo has left, in a shell; one that keeps running may have other ports."""
    lines = [f"export EARSHOT_LOCAL__DATA_DIR={shlex.quote(str(Path(settings.local.data_dir).resolve()))}"]
    if not keeps_running:
        lines.append("earshot up")
    elif settings.clickhouse.url != ClickHouseSettings().url:
        lines.append(f"export EARSHOT_CLICKHOUSE__URL={settings.clickhouse.url}")
    return [
        *lines,
        'earshot sql "SELECT channel_id, spoken_at, text FROM transcript ORDER BY spoken_at LIMIT 20"',
    ]


def exercise_files() -> Sequence[Path]:
    """The sound of the sixteen channels. Raises ConfigError where some of it is missing."""
    found = {path.stem: path for path in sorted((EXERCISE / "audio").glob("C*.*"))}
    missing = [channel for channel in CHANNELS if channel not in found]
    if missing:
        raise ConfigError(f"demo/audio holds no sound for {', '.join(missing)}: `python -m demo.build` makes it")
    return [found[channel] for channel in CHANNELS]


def load_script() -> tuple[list[Line], float]:
    """The lines that are truly spoken, and the length of the exercise in seconds."""
    rows = json.loads((EXERCISE / "truth.json").read_text(encoding="utf-8"))
    lines = [Line(row["channel"], row["start_s"], row["end_s"], row["text"]) for row in rows]
    return lines, max(line.end_s for line in lines)
