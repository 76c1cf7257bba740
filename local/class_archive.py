"""A class-data archive: the JVM maps the broker's classes instead of parsing them, and starts in half the time.

The bundled Java has no archive of its own to build on, so a whole one is made: one run lists the classes it loads,
and `-Xshare:dump` packs them (about 4 s, 60 MB). An archive that does not fit is ignored by Java, never a fault.
"""

import fcntl
import hashlib
import logging
import os
import subprocess
import threading
from pathlib import Path

from local.broker_files import BrokerPlan, class_path
from local.child import ChildOptions, kill_child, start_child
from local.java import identity

log = logging.getLogger(__name__)
NICENESS = 19
DUMP_WITHIN_S = 120.0


class ClassArchive:
    """The archive of one Java and one class path, in the cache folder."""

    def __init__(self, plan: BrokerPlan, cache: Path) -> None:
        self._plan = plan
        self._file = cache / f"classes-{_key(plan)}.jsa"
        self._list = plan.folder / "classes.list"
        self._dump: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def exists(self) -> bool:
        """Whether the next start is a quick one."""
        return self._file.exists()

    def flags(self) -> tuple[str, ...]:
        """Java flags that use the archive, or else list the classes for one."""
        if self.exists:
            return (f"-XX:SharedArchiveFile={self._file}", "-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off")
        return ("-Xshare:off", f"-XX:DumpLoadedClassList={self._list}")

    def make_in_background(self) -> None:
        """Packs the classes listed so far, at the lowest priority, unless that is done or another process is at it."""
        if self.exists or not self._list.exists():
            return
        self._thread = threading.Thread(target=self._make, name="class-archive", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Gives up an archive in the making."""
        self._stopped.set()
        if self._dump is not None:
            kill_child(self._dump)
        if self._thread is not None:
            self._thread.join(DUMP_WITHIN_S)

    def wait(self) -> None:
        """Returns when an archive in the making is made."""
        if self._thread is not None:
            self._thread.join(DUMP_WITHIN_S)

    def _make(self) -> None:
        lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.debug("another process makes %s", self._file)
        else:
            self._pack()
        finally:
            os.close(lock)

    def _pack(self) -> None:
        classes = self._list.with_suffix(".packed")
        classes.write_text(_complete_lines(self._list))
        partial = self._file.with_suffix(f".{os.getpid()}.partial")
        try:
            if not self.exists and not self._stopped.is_set() and self._run_dump(classes, partial) == 0:
                partial.replace(self._file)
                self._list.unlink(missing_ok=True)
                log.debug("made %s", self._file)
        finally:
            partial.unlink(missing_ok=True)
            classes.unlink(missing_ok=True)

    def _run_dump(self, classes: Path, partial: Path) -> int:
        command = [
            str(self._plan.java),
            "-Xshare:dump",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            f"-XX:SharedClassListFile={classes}",
            f"-XX:SharedArchiveFile={partial}",
            "-cp",
            class_path(self._plan),
        ]
        self._dump = start_child(command, ChildOptions(output=subprocess.DEVNULL, niceness=NICENESS))
        if self._stopped.is_set():
            kill_child(self._dump)
        try:
            return self._dump.wait(DUMP_WITHIN_S)
        except subprocess.TimeoutExpired:
            kill_child(self._dump)
            return self._dump.wait()


def _complete_lines(path: Path) -> str:
    """The list as far as it is written: the broker is still adding to it."""
    text = path.read_text()
    return text[: text.rfind("\n") + 1]


def _key(plan: BrokerPlan) -> str:
    """Java refuses an archive of other jars, or of the same ones fetched anew: so each gets its own name."""
    parts = [identity(plan.java)]
    parts += [f"{jar} {jar.stat().st_size} {jar.stat().st_mtime_ns}" for jar in plan.jars]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
