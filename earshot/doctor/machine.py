"""Python, memory, disk, ports, Java and the clock of this machine."""

import ctypes
import importlib.metadata
import re
import shutil
import sys
import time
from pathlib import Path

from earshot.doctor.finding import Finding, fail, ok, warn
from local.jars import read_list
from local.java import find_java
from local.kafka import cache_folder
from local.ports import is_free
from local.roster import ports_of, services_of
from local.stack_file import read_record
from runtime.errors import LocalStackError
from runtime.settings import Settings
from schemas.audio import SAMPLE_RATE_HZ
from schemas.topics import CHANNELS

OLDEST, NEWEST = (3, 11), (3, 14)
GB = 1_000_000_000
LITTLE_MEMORY_GB = 2.0
TOO_LITTLE_MEMORY_GB = 0.7
TOO_LITTLE_DISK_GB = 1.0
BYTES_PER_SAMPLE = 2
YEAR_OF_THIS_PROGRAM = 2025
TIME_ERROR = 5
"""What adjtimex answers while nothing keeps the clock right."""
TIMEX_BYTES = 512


def check_python(settings: Settings) -> list[Finding]:
    """The interpreter, and the packages that must have one version and no other."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return [fail("python", f"{version} is not supported", "make a virtual environment of Python 3.11 to 3.14")]
    wrong = [f"{name} {found} (needs {wanted})" for name, wanted, found in _pinned() if found != wanted]
    if wrong:
        return [fail("python", f"{version}, but {', '.join(wrong)}", "install from requirements.lock: `make install`")]
    return [ok("python", version)]


def check_memory(settings: Settings) -> list[Finding]:
    """Memory that is free for the processes."""
    facts = Path("/proc/meminfo")
    if not facts.exists():
        return [ok("memory", "not told by this system")]
    found = re.search(r"MemAvailable:\s+(\d+) kB", facts.read_text())
    free_gb = int(found[1]) * 1024 / GB if found else 0.0
    what = f"{free_gb:.1f} GB free"
    if free_gb < TOO_LITTLE_MEMORY_GB:
        return [fail("memory", what, "end other programs, or run fewer stages here")]
    if free_gb < LITTLE_MEMORY_GB:
        return [warn("memory", what, "enough for the local stack with the demo model; larger models need more")]
    return [ok("memory", what)]


def check_disk(settings: Settings) -> list[Finding]:
    """Room for the log of the local broker, by what its retention lets grow."""
    folder = _existing(Path(settings.local.data_dir).absolute())
    free_gb = shutil.disk_usage(folder).free / GB
    what = f"{free_gb:.0f} GB free at {folder}"
    if free_gb < TOO_LITTLE_DISK_GB:
        return [fail("disk", what, "free some, or set EARSHOT_LOCAL__DATA_DIR to another disk")]
    per_hour_gb = SAMPLE_RATE_HZ * BYTES_PER_SAMPLE * len(CHANNELS) * 3600 / GB
    full_gb = per_hour_gb * settings.kafka.audio_retention_h
    if settings.local.kafka and free_gb < full_gb:
        return [
            warn(
                "disk",
                f"{what}: full after {free_gb / per_hour_gb:.0f} h of sixteen live channels",
                f"{settings.kafka.audio_retention_h:g} h of sound take {full_gb:.0f} GB: lower "
                "EARSHOT_KAFKA__AUDIO_RETENTION_H, or set EARSHOT_LOCAL__DATA_DIR to a larger disk",
            )
        ]
    return [ok("disk", what)]


def check_ports(settings: Settings) -> list[Finding]:
    """Whether the local stack could be started, or runs already."""
    record = read_record(Path(settings.local.data_dir).absolute())
    if record is not None:
        return [ok("ports", f"in use by the stack that runs here (process {record.pid})")]
    wanted = ports_of(settings.local, services_of(settings))
    taken = [f"{port} ({setting})" for port, setting in wanted if not is_free(port)]
    if taken:
        return [fail("ports", f"in use by others: {', '.join(taken)}", "end what uses them, or set other ports")]
    return [ok("ports", "free")]


def check_java(settings: Settings) -> list[Finding]:
    """Java and the jars of the local broker."""
    if not settings.local.kafka:
        return [ok("java", "not needed: the broker is elsewhere (EARSHOT_LOCAL__KAFKA=false)")]
    try:
        java = find_java(settings.local.java)
    except LocalStackError as error:
        return [fail("java", str(error), "then call the doctor again")]
    jars = read_list()
    cache = cache_folder(settings.local)
    there = sum(1 for jar in jars if any(cache.glob(f"*/{jar.file_name}")))
    if there < len(jars):
        return [
            warn(
                "java",
                f"{java}; {len(jars) - there} of {len(jars)} jars of the broker are not here yet",
                "the first `earshot up` fetches them; without a network copy the cache folder of another machine to "
                f"{cache}",
            )
        ]
    return [ok("java", f"{java}, with all {len(jars)} jars")]


def check_clock(settings: Settings) -> list[Finding]:
    """Whether the time of this machine can be believed: latency and search go by it."""
    if time.gmtime().tm_year < YEAR_OF_THIS_PROGRAM:
        return [
            fail("clock", f"it is {time.strftime('%Y-%m-%d', time.gmtime())}?", "set the clock, and keep it by NTP")
        ]
    if _is_unsynchronised():
        return [warn("clock", "nothing keeps it right", "run chrony or systemd-timesyncd, above all with two machines")]
    return [ok("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))]


def _pinned() -> list[tuple[str, str, str]]:
    """Name, wanted version and installed version of what pyproject.toml pins exactly."""
    try:
        needed = importlib.metadata.requires("earshot") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    pins = [re.match(r"([\w-]+)==([\w.]+)\s*(;.*)?$", line) for line in needed]
    return [(pin[1], pin[2], _installed(pin[1])) for pin in pins if pin and _installed(pin[1])]


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _is_unsynchronised() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    answer = ctypes.create_string_buffer(TIMEX_BYTES)  # struct timex, all zero: only asks
    return int(ctypes.CDLL(None).adjtimex(answer)) == TIME_ERROR
