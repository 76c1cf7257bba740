"""What the end of a run says of tests that were skipped: how many for want of what. Each reason names the remedy."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

PREFIX = "Skipped: "


def skipped_lines(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """A line for the count, and one for each reason; none where nothing was skipped."""
    reasons = Counter(reason_of(report) for report in reports)
    if not reasons:
        return
    yield f"{reasons.total()} skipped, for want of:"
    for reason, count in reasons.most_common():
        yield f"{count:4}  {reason}"


def reason_of(report: pytest.TestReport) -> str:
    """Why the test was skipped."""
    place = report.longrepr
    return str(place[2] if isinstance(place, tuple | list) else place).removeprefix(PREFIX)
