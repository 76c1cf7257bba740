"""Logging, configured once per process: JSON lines, or colour on a terminal; both on standard error."""

import logging
import re
import sys
from typing import Any

import structlog

from runtime.settings import LogSettings

NOISY = {
    "aiokafka": logging.ERROR,
    "faust": logging.WARNING,
    "mode": logging.WARNING,
    "mode.timers": logging.ERROR,  # a loop that is late shows in `earshot_loop_age_seconds`
    "kafka.client": logging.WARNING,
    "httpx": logging.WARNING,
    "asyncio": logging.WARNING,
    "clickhouse_connect": logging.ERROR,
    "faster_whisper": logging.WARNING,
    "urllib3": logging.ERROR,
}
QUIET_PERIOD_S = 10.0
SECRET = re.compile(
    r"(?i)((?:password|secret|token|passwd)[\"']?\s*[=:]\s*[\"']?)[^\s,;&\"']+|(://[^:/@\s]+:)[^@\s]+(?=@)"
)


def configure_logging(settings: LogSettings, stage: str) -> None:
    """Sends every standard-library logger through one formatter that adds the stage and hides secrets."""
    use_color = settings.format == "color" or (settings.format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _stage_adder(stage),
        hide_secrets,
    ]
    renderer: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=True, pad_event_to=0)]
        if use_color
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(RepeatFilter(QUIET_PERIOD_S))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name, level in NOISY.items():
        logging.getLogger(name).setLevel(max(level, root.level))


class RepeatFilter(logging.Filter):
    """Lets a client library's line through once in a while: a broker that is away would fill the disk."""

    def __init__(self, period_s: float) -> None:
        super().__init__()
        self._period_s = period_s
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """False for a line of a noisy library that was written less than the period ago."""
        if not record.name.startswith(tuple(NOISY)):
            return True
        key = (record.name, str(record.msg)[:60])
        due = record.created - self._last.get(key, float("-inf")) >= self._period_s
        if due:
            self._last[key] = record.created
        return due


def hide_secrets(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Blanks what looks like a password in any text of the event."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = SECRET.sub(lambda match: (match.group(1) or match.group(2)) + "***", value)
    return event


def _stage_adder(stage: str) -> Any:
    def add(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["stage"] = stage
        return event

    return add
