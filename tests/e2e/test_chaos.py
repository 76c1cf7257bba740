"""Everything killed once while it works: the rows are those of a run that nobody disturbed. A short `bench.chaos`."""

import sys
from pathlib import Path

import pytest

from bench.chaos.course import Course, CourseOptions
from bench.chaos.plan import TARGETS, Kind

SHORT = CourseOptions(seed=6, kills=7, kills_per_round=7, channels=3, seconds=24.0, longest_s=3.0)
"""Three channels of 24 s at four times real time: one kill of each process, and freezes, restarts and joins beside."""

pytestmark = [
    pytest.mark.timeout(600),  # a busy machine takes a minute to start a stage again
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux (freezes and kills by process id)"),
]


def test_kills_of_every_process_leave_the_rows_of_an_undisturbed_run(tmp_path: Path) -> None:
    lines: list[str] = []
    course = Course(tmp_path, SHORT, lines.append)
    assert course.run(), "\n".join([*lines, *course.results[-1].differences])
    (result,) = course.results
    assert result.kills >= SHORT.kills, "\n".join(lines)
    assert set(result.done) == {kind.value for kind in Kind}
    assert set(result.done[Kind.KILL.value]) == set(TARGETS)
