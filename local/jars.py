"""The broker's jars: fetched once by their Maven coordinates, checked by sha256, shared by every clone."""

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from runtime.errors import LocalStackError

LIST = Path(__file__).with_name("kafka-jars.txt")
BROKER_ARTIFACT = "kafka_2.13"
THREADS = 8
TIMEOUT_S = 30.0
ATTEMPTS = 3
RETRY_PAUSE_S = 0.5
QUIET_S = 2.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the list: `group:artifact:version sha256:…`."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """How Maven names it."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """Its name in a folder of jars."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def repository_path(self) -> str:
        """Where a Maven repository keeps it, relative to the repository's root."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file_name}"


@dataclass(frozen=True, slots=True)
class JarSource:
    """Where jars come from and where they are kept."""

    cache: Path
    maven_url: str = ""
    """A mirror; empty for Maven Central."""
    maven_folder: Path = Path("~/.m2/repository")
    """An existing local Maven cache, looked at first."""


def read_list(path: Path = LIST) -> list[Jar]:
    """The jars of the list, in class path order."""
    jars = []
    for line in path.read_text().splitlines():
        coordinates, _, checksum = line.partition(" sha256:")
        if coordinates:
            group, artifact, version = coordinates.split(":")
            jars.append(Jar(group, artifact, version, checksum.strip()))
    return jars


def kafka_version(jars: list[Jar]) -> str:
    """The version of the broker among `jars`."""
    return next(jar.version for jar in jars if jar.artifact == BROKER_ARTIFACT)


def fetch_jars(jars: list[Jar], source: JarSource, tell: Tell = lambda line: None) -> list[Path]:
    """The paths of all jars, in order, fetching what the cache lacks. Raises LocalStackError naming what failed.

    A jar in the cache was checked when it came; it gets its name only then, so a half-written one is never seen.
    """
    folder = source.cache / f"kafka-{kafka_version(jars)}"
    missing = [jar for jar in jars if not (folder / jar.file_name).exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch_all(missing, folder, source, tell)
    return [folder / jar.file_name for jar in jars]


def _fetch_all(missing: list[Jar], folder: Path, source: JarSource, tell: Tell) -> None:
    report = _Report(len(missing), tell)
    with (
        httpx.Client(timeout=TIMEOUT_S, follow_redirects=True) as client,
        ThreadPoolExecutor(THREADS, thread_name_prefix="jars") as threads,
    ):
        futures = [threads.submit(_fetch, jar, folder, source, client) for jar in missing]
        try:
            for future in futures:
                future.result()
                report.one_more()
        except LocalStackError:
            threads.shutdown(cancel_futures=True)
            raise
    report.end()


def _fetch(jar: Jar, folder: Path, source: JarSource, client: httpx.Client) -> None:
    local = source.maven_folder.expanduser() / jar.repository_path
    partial = folder / f".{jar.file_name}.{os.getpid()}.{threading.get_ident()}"
    try:
        if not (local.exists() and _copy_checked(local, partial, jar)):
            partial.write_bytes(_download(jar, source, client))
        partial.replace(folder / jar.file_name)
    finally:
        partial.unlink(missing_ok=True)


def _copy_checked(local: Path, partial: Path, jar: Jar) -> bool:
    shutil.copyfile(local, partial)
    return _sha256(partial.read_bytes()) == jar.sha256


def _download(jar: Jar, source: JarSource, client: httpx.Client) -> bytes:
    url = f"{(source.maven_url or _maven_central()).rstrip('/')}/{jar.repository_path}"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            response = client.get(url)
            if response.status_code < 500 or attempt == ATTEMPTS:
                return _checked(response, jar, url)
        except httpx.TransportError as error:
            if attempt == ATTEMPTS:
                raise LocalStackError(_advice(jar, url, f"{type(error).__name__}: {error}")) from error
        time.sleep(RETRY_PAUSE_S * attempt)
    raise AssertionError("the last attempt returns or raises")


def _maven_central() -> str:
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415 - images without the embedded broker lack it

    return str(MAVEN_CENTRAL_URL)


def _checked(response: httpx.Response, jar: Jar, url: str) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise LocalStackError(_advice(jar, url, f"HTTP {response.status_code}"))
    found = _sha256(response.content)
    if found != jar.sha256:
        raise LocalStackError(_advice(jar, url, f"its sha256 is {found}, not {jar.sha256}"))
    return response.content


def _advice(jar: Jar, url: str, reason: str) -> str:
    return (
        f"cannot fetch {jar.coordinates} from {url} ({reason}). The jars are fetched once, at the first start: "
        "go online, name a mirror with EARSHOT_LOCAL__MAVEN_URL, put the jar into the local Maven cache, or use a "
        "broker of your own (EARSHOT_LOCAL__KAFKA=false, EARSHOT_KAFKA__BOOTSTRAP=host:port)"
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Report:
    """Says how far the fetching is, once it has taken longer than anyone waits in silence."""

    def __init__(self, total: int, tell: Tell) -> None:
        self._total = total
        self._done = 0
        self._tell = tell
        self._told_at = time.monotonic()
        self._told = False

    def one_more(self) -> None:
        self._done += 1
        if time.monotonic() - self._told_at > QUIET_S:
            self._tell(f"fetching the broker's jars: {self._done} of {self._total}")
            self._told_at = time.monotonic()
            self._told = True

    def end(self) -> None:
        if self._told:
            self._tell(f"fetched the broker's jars ({self._total})")
