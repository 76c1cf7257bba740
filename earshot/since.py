"""Times as commands take them: so long, so long ago, or a date."""

import re
from datetime import UTC, datetime, timedelta

from runtime.errors import ConfigError

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds_of(text: str, option: str) -> float:
    """The seconds that `text` names, such as 5s, 2m or 5. Raises ConfigError, which names the option."""
    named = _SPAN.fullmatch(text.strip())
    if named is None:
        raise ConfigError(f"{option} {text}: give 5s, 2m or 1h")
    return float(named[1]) * _SECONDS[named[2] or "s"]


def since_of(text: str, now: datetime, option: str = "--since") -> datetime:
    """The time that `text` names, in UTC. Raises ConfigError, which names the option."""
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return now - timedelta(seconds=float(ago[1]) * _SECONDS[ago[2]])
    try:
        named = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ConfigError(f"{option} {text}: give 30s, 10m, 2h or 3d, or a time such as 2026-05-01T08:00") from error
    return named.replace(tzinfo=UTC) if named.tzinfo is None else named.astimezone(UTC)
