"""Names of sessions and channels, checked at the door."""

import re
import unicodedata
from datetime import UTC, datetime

from runtime.errors import ConfigError
from schemas.topics import CHANNELS

MAX_LENGTH = 64
VALID = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_LENGTH}}}")
FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")


def composed(name: str) -> str:
    """The name in NFC, so that a letter is the same however a keyboard or a file system has put it together."""
    return unicodedata.normalize("NFC", name)


def check_session_id(session_id: str) -> str:
    """The id, composed (NFC). Raises ConfigError unless it is 1 to 64 of the characters A–Z a–z 0–9 . _ -"""
    session_id = composed(session_id)
    if not VALID.fullmatch(session_id):
        raise ConfigError(
            f"session id {session_id!r}: use 1 to {MAX_LENGTH} letters, digits, dots, underscores and hyphens (ASCII)"
        )
    return session_id


def new_session_id(now: datetime, site: str) -> str:
    """`YYYYMMDD-HHMMSS-site` in UTC; characters of the site that an id may not hold become hyphens."""
    name = FOREIGN.sub("-", composed(site)).strip("-") or "site"
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{name}"[:MAX_LENGTH]


def check_channel_id(channel_id: str) -> str:
    """The id itself. Raises ConfigError unless it is one of C01 to C16."""
    if channel_id not in CHANNELS:
        raise ConfigError(f"channel {channel_id!r}: the channels are {CHANNELS[0]} to {CHANNELS[-1]}")
    return channel_id
