from datetime import UTC, datetime

import pytest

from earshot.since import since_of
from runtime.errors import ConfigError

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", datetime(2026, 5, 1, 11, 59, 30, tzinfo=UTC)),
        ("1.5h", datetime(2026, 5, 1, 10, 30, tzinfo=UTC)),
        ("3 d", datetime(2026, 4, 28, 12, 0, tzinfo=UTC)),
        ("2026-04-30", datetime(2026, 4, 30, tzinfo=UTC)),
        ("2026-04-30T08:00", datetime(2026, 4, 30, 8, 0, tzinfo=UTC)),
        ("2026-04-30T17:00+09:00", datetime(2026, 4, 30, 8, 0, tzinfo=UTC)),
    ],
)
def test_since(text, expected):
    assert since_of(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "soon", "10", "10x", "-5m"])
def test_since_that_is_no_time(text):
    with pytest.raises(ConfigError, match="give 30s, 10m"):
        since_of(text, NOW)


def test_option_is_named():
    with pytest.raises(ConfigError, match="--to soon: give"):
        since_of("soon", NOW, "--to")
