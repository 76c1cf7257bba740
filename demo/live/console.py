"""What the demo prints: a live board on a terminal, plain lines elsewhere, and the figures at the end."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from demo.live.account import Account
from demo.live.board import Board
from demo.live.report import ChannelResult, Latency, total_of

PLAIN_EVERY_S = 10.0
REDRAWS_PER_S = 4


class Screen:
    """Shows the board while the session is played. A context manager: the last board stays on the screen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=REDRAWS_PER_S) if console.is_terminal else None
        self._shown_at = time.monotonic()

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, board: Board) -> None:
        """Draws the board, or now and then writes a line."""
        if self._live is not None:
            self._live.update(board.table())
        elif time.monotonic() - self._shown_at > PLAIN_EVERY_S:
            self._shown_at = time.monotonic()
            segments = sum(channel.segments for channel in board.channels.values())
            waiting = ", ".join(f"{records} {what}" for what, records in board.lag.items())
            self._console.print(f"{board.position_s:5.1f} of {board.length_s:.0f} s: {segments} segments; {waiting}")


def results_table(results: list[ChannelResult]) -> Table:
    """Segments and errors per channel."""
    table = Table(
        "channel", "segments", "characters", "errors", "CER", title="Against the true script", title_justify="left"
    )
    for result in results:
        errors = result.errors
        note = "" if not result.failed else " ✗ no text" if result.truth_chars else " ✗ text without speech"
        table.add_row(
            result.channel_id,
            str(result.segments),
            str(result.characters),
            "–" if errors is None else str(errors.edits),
            (_without_truth(result) if errors is None else f"{errors.cer:.1%}") + note,
        )
    whole = total_of(results)
    table.add_section()
    table.add_row("all", str(sum(result.segments for result in results)), "", str(whole.edits), f"{whole.cer:.2%}")
    return table


def latency_table(latencies: list[Latency]) -> Table:
    """Where the time went."""
    table = Table("step", "p50", "p95", title="From the end of speech to the row", title_justify="left")
    for latency in latencies:
        if latency is latencies[-1]:
            table.add_section()
        table.add_row(latency.step, f"{latency.p50_ms:.0f} ms", f"{latency.p95_ms:.0f} ms")
    return table


def account_lines(account: Account) -> list[str]:
    """The account in one line, and what does not add up."""
    whole = (
        f"{account.frames_published} frames published, {account.frames_in_kafka} in Kafka, "
        f"{account.frames_pending} pending → {account.windows} windows → {account.transcripts} transcripts → "
        f"{account.segments} segments → {account.rows} rows"
    )
    return [whole, *(f"✗ {fault}" for fault in account.faults)]


def _without_truth(result: ChannelResult) -> str:
    return "cut off" if result.is_cut_off else "no speech"
