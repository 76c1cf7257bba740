"""What producers do with sound that the broker does not have yet."""

from typing import Annotated, Literal

from pydantic import Field

from runtime.settings.fields import Group, Positive


class CaptureSettings(Group):
    """Producers."""

    buffer_s: Positive = 60
    """Audio held in memory while the broker is away, in seconds per channel."""
    linger_ms: Annotated[float, Field(ge=0, le=1000)] = 5
    """How long a frame may wait for company, in milliseconds."""
    connect_s: Positive = 30
    """How long a start waits for the broker, in seconds."""
    site: str = ""
    """Names the place in session ids; empty for the host's name."""
    clock: Literal["own", "broker"] = "own"
    """Whose time sound is captured at: `own`, this machine's, or `broker`, this machine's put right by the broker's."""
    spool_dir: str = ""
    """A folder that holds every frame until the broker has it; empty for memory only."""
    spool_max_gb: Positive = 4
    """Most that the spool may take of the disk, in gigabytes; 16 channels need 1.9 an hour."""
