"""The embedded broker: the real Apache Kafka, one node, its data kept between runs."""

import base64
import logging
import re
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from local.broker_files import BrokerPlan, format_command, logging_properties, properties, run_command
from local.child import ChildOptions, kill_child, start_child, stop_child
from local.class_archive import ClassArchive
from local.folder_lock import FolderLock
from local.jars import JarSource, fetch_jars, read_list
from local.java import find_java
from local.ports import require_free
from runtime.errors import LocalStackError
from runtime.kafka.admin import Admin
from runtime.process import STAGE_STOPS_WITHIN_S, running
from runtime.settings import KafkaSettings, LocalSettings, Settings, user_cache_dir

log = logging.getLogger(__name__)
START_WITHIN_S = 120.0
STOP_WITHIN_S = 8.0
FORMAT_WITHIN_S = 60.0
POLL_S = 0.2
CLEAN_EXITS = (0, -signal.SIGTERM, 128 + signal.SIGTERM)
LINES_OF_LOG = 12
FULL_BYTES = 1024 * 1024  # a broker that finds no room ends before the last byte is taken
CAUSE = re.compile(r"(Caused by: )?[a-z][\w.]+\.\w+(Exception|Error): ")
"""Java's words for why a program ended."""

Tell = Callable[[str], None]


class Broker:
    """One broker with its data folder: `start`, `stop`, start again."""

    def __init__(
        self, local: LocalSettings, tell: Tell = log.info, extra_properties: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self._local = local
        self._tell = tell
        self._extra_properties = extra_properties
        self._folder = Path(local.data_dir).absolute() / "kafka"
        self._cache = cache_folder(local)
        self._lock = FolderLock(self._folder, "owner")
        self._child: subprocess.Popen[bytes] | None = None
        self._archive: ClassArchive | None = None
        self._console: IO[bytes] | None = None

    @property
    def kafka(self) -> KafkaSettings:
        """Settings of a client of this broker."""
        return KafkaSettings(bootstrap=f"127.0.0.1:{self._local.kafka_port}")

    @property
    def pid(self) -> int:
        """The Java process; 0 before the start."""
        return self._child.pid if self._child is not None else 0

    def fetch(self) -> list[Path]:
        """The broker's jars; the first time they are downloaded, which may take minutes. Raises LocalStackError."""
        return fetch_jars(read_list(), JarSource(self._cache, self._local.maven_url), self._tell)

    def start(self, turn: Callable[[], None] = lambda: None) -> None:
        """Returns when the broker answers; calls `turn` meanwhile.

        Raises PortTaken, LocalStackError saying what went wrong, and what `turn` raises.
        """
        self._lock.acquire()
        try:
            self._launch(self._plan())
            self._wait_until_ready(turn)
        except BaseException:
            self.kill()
            raise
        if self._archive is not None:
            self._archive.make_in_background()

    def poll(self) -> int | None:
        """The exit status of a broker that has ended, else None."""
        return self._child.poll() if self._child is not None else None

    def stop(self) -> int:
        """Ends the broker in order; returns its exit status, 0 for a clean end. Harmless when it does not run."""
        status = stop_child(self._child, STOP_WITHIN_S) if self._child is not None else 0
        self._let_go()
        return 0 if status in CLEAN_EXITS else status

    def kill(self) -> None:
        """Ends the broker at once, as a crash would."""
        if self._child is not None:
            kill_child(self._child)
            self._child.wait()
        self._let_go()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _plan(self) -> BrokerPlan:
        local = self._local
        require_free(
            [
                (local.kafka_port, "EARSHOT_LOCAL__KAFKA_PORT (and EARSHOT_KAFKA__BOOTSTRAP)"),
                (local.kafka_controller_port, "EARSHOT_LOCAL__KAFKA_CONTROLLER_PORT"),
            ]
        )
        return BrokerPlan(
            folder=self._folder,
            port=local.kafka_port,
            controller_port=local.kafka_controller_port,
            java=find_java(local.java),
            jars=tuple(self.fetch()),
            extra_properties=self._extra_properties,
        )

    def _launch(self, plan: BrokerPlan) -> None:
        plan.properties_file.write_text(properties(plan))
        plan.logging_file.write_text(logging_properties())
        if not (plan.log_dir / "meta.properties").exists():
            self._format(plan)
        self._archive = ClassArchive(plan, self._cache)
        self._console = (self._folder / "console.log").open("wb")
        options = ChildOptions(output=self._console, keep_open=(self._lock.fileno,))
        self._child = start_child(run_command(plan, self._archive.flags()), options)

    def _format(self, plan: BrokerPlan) -> None:
        command = format_command(plan, _cluster_id())
        done = subprocess.run(command, capture_output=True, text=True, timeout=FORMAT_WITHIN_S, check=False)
        if done.returncode != 0:
            raise LocalStackError(f"cannot prepare {plan.log_dir}: {(done.stderr or done.stdout).strip()}")

    def _wait_until_ready(self, turn: Callable[[], None]) -> None:
        admin = Admin(self.kafka)
        deadline = time.monotonic() + START_WITHIN_S
        while not admin.is_up(POLL_S):
            if self.poll() is not None:
                raise LocalStackError(f"the broker ended while starting (status {self.poll()}){self.last_words()}")
            turn()
            if time.monotonic() > deadline:
                raise LocalStackError(f"the broker is not ready after {START_WITHIN_S:g} s{self.last_words()}")

    def last_words(self) -> str:
        """Why it ended, and what to do."""
        if shutil.disk_usage(self._folder).free < FULL_BYTES:
            return f": the disk of {self._folder} is full: free some of it and start again"
        files = (self._folder / "console.log", self._folder / "kafka.log")
        lines = [line for file in files if file.exists() for line in file.read_text(errors="replace").splitlines()]
        causes = [line for line in lines if CAUSE.match(line)]
        said = f": {causes[-1]}" if causes else ":\n" + "\n".join(lines[-LINES_OF_LOG:])
        return (
            f"{said}\nthe whole log: {self._folder / 'kafka.log'}; if the data is damaged, bring back a copy of "
            f"{self._folder}, or move it away: a new start makes an empty one"
        )

    def _let_go(self) -> None:
        if self._archive is not None:
            self._archive.stop()
        if self._console is not None:
            self._console.close()
        self._child = self._archive = self._console = None
        self._lock.release()


def run(settings: Settings) -> None:
    """Runs the broker in the foreground until told to stop. Raises LocalStackError if it ends by itself.

    On Linux the broker dies with this process, even by SIGKILL; elsewhere such a kill may leave it running, and
    `earshot down` or the next start names the process that holds the data folder.
    """
    with running("kafka", settings, stops_within_s=STAGE_STOPS_WITHIN_S) as process:
        broker = Broker(settings.local)
        process.started(broker.fetch)
        broker.start(process.goes_on)
        log.info("the broker answers at %s", broker.kafka.bootstrap)
        try:
            while not process.stop.wait(POLL_S):
                process.progress.beat()
                if broker.poll() is not None:
                    raise LocalStackError(f"the broker ended with status {broker.poll()}{broker.last_words()}")
        finally:
            broker.stop()


def cache_folder(local: LocalSettings) -> Path:
    """Where jars and class-data archives are kept for every clone."""
    return Path(local.cache_dir).absolute() if local.cache_dir else user_cache_dir() / "earshot"


def _cluster_id() -> str:
    """A random id as Kafka writes them; none that its own command line would take for an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        if not text.startswith("-"):
            return text
