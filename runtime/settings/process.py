"""What a process tells of itself: its log, its health and its metrics."""

from typing import Annotated, Literal

from pydantic import Field

from runtime.settings.fields import Group, Positive


class LogSettings(Group):
    """Logging."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe level that is written."""
    format: Literal["auto", "json", "color"] = "auto"
    """JSON lines or colour; `auto` is colour on a terminal."""


class OpsSettings(Group):
    """Health and metrics of this process."""

    host: str = "127.0.0.1"
    """Address that `/healthz` and `/metrics` listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Their port; 0 for none."""
    stall_s: Positive = 60
    """A process with work to do and no progress for so many seconds, though a broker answers, ends itself."""
