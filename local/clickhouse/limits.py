"""How much the queries of readers may take."""

import os
from dataclasses import dataclass
from pathlib import Path

from runtime.settings import LocalSettings

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_SHARE = 4
_LEAST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that no query can lift."""

    places: int = 6
    """So many queries that read run at a time."""
    query_bytes: int = 1024 * 1024 * 1024
    """Memory of one query."""
    query_s: float = 300.0


def limits_of(local: LocalSettings, machine_bytes: int) -> Limits:
    """Of a machine with that much memory: all readers together have a quarter of it unless the settings say more."""
    together = local.clickhouse_memory_mb * 1024 * 1024 or machine_bytes // _SHARE
    return Limits(
        places=local.clickhouse_readers,
        query_bytes=max(_LEAST_BYTES, together // local.clickhouse_readers),
        query_s=local.clickhouse_query_s,
    )


def machine_bytes() -> int:
    """Memory of this machine, or of the control group that we run in."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(whole, int(_CGROUP_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):  # none, or `max`
        return whole
