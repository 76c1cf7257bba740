"""Which waiting windows share the next batch.

Only windows of one encoder context share one (CTranslate2 wants one shape). The oldest window is always in the next
batch, so none starves; the rest is filled fairly over the streams.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from processors.transcriber.task import Task


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How large a batch gets, and how long a window may wait for company."""

    windows: int
    wait_s: float


def pick_batch(waiting: Sequence[Task], windows: int) -> list[Task]:
    """At most `windows` tasks of the oldest task's context, each stream's first before any stream's second.

    `waiting` is in order of arrival.
    """
    if not waiting:
        return []
    alike = [task for task in waiting if task.context == waiting[0].context]
    seen: Counter[tuple[str, str]] = Counter()
    turns = []
    for place, task in enumerate(alike):
        turns.append((seen[task.stream], place))
        seen[task.stream] += 1
    return [alike[place] for _, place in sorted(turns)[:windows]]


def affordable_windows(windows: int, window_s: float, most_s: float) -> int:
    """How many of at most `windows` windows keep a batch below `most_s`, if one takes `window_s`; at least one.

    A large model on a small device must not sit on a batch for minutes: it could neither stop nor give it up.
    """
    return windows if window_s * windows <= most_s else max(1, int(most_s / window_s))


def wait_for_company_s(waiting: Sequence[Task], limits: BatchLimits, now_s: float, idle_since_s: float) -> float:
    """Seconds until the next batch should start; 0 for at once.

    A window that found the model idle is never made to wait; one that came while it was busy may wait a little for
    others, unless the batch is full already.
    """
    if not waiting or waiting[0].arrived_s >= idle_since_s:
        return 0.0
    if len(pick_batch(waiting, limits.windows)) >= limits.windows:
        return 0.0
    return max(0.0, waiting[0].arrived_s + limits.wait_s - now_s)
