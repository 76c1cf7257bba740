"""Programs of tests/clients, each with a driver that the test's machine gets from an ordinary package registry.

What is fetched or built lies in the user's cache under a name made of the program's own files, so that a changed
program is made anew and every clone shares one that is made. A test that cannot have its program skips and says why.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.settings import user_cache_dir

PROGRAMS = Path(__file__).parents[1] / "clients"
FETCH_WITHIN_S = 300
Command = list[str]


def client_command(name: str) -> Command:
    """How the program `tests/clients/NAME` is started, made first if need be. Skips where it cannot be made."""
    maker, tools = _MAKERS[name]
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool}, for the program {name} (tests/clients/README.md)")
    return maker(PROGRAMS / name)


def _go(source: Path) -> Command:
    def build(folder: Path) -> None:
        go = ["env", "GOTOOLCHAIN=local", "go"]  # the machine's own, though Go would fetch a newer one
        _fetch([*go, "mod", "download"], source)
        subprocess.run([*go, "build", "-mod=readonly", "-o", str(folder / "client"), "."], cwd=source, check=True)

    return [str(_made(source, build) / "client")]


def _jdbc(source: Path) -> Command:
    def fetch(folder: Path) -> None:
        goal = "dependency:copy-dependencies"
        _fetch(["mvn", "-q", "-B", "-f", str(source / "pom.xml"), goal, f"-DoutputDirectory={folder}"], source)

    return ["java", "-cp", f"{_made(source, fetch)}/*", str(source / "Client.java")]


def _js(source: Path) -> Command:
    def fetch(folder: Path) -> None:
        for file in source.iterdir():
            shutil.copy(file, folder)
        _fetch(["npm", "ci", "--no-audit", "--no-fund"], folder)

    return ["node", str(_made(source, fetch) / "client.js")]


def _connect(source: Path) -> Command:
    return [sys.executable, str(source / "client.py")]


_MAKERS: dict[str, tuple[Callable[[Path], Command], tuple[str, ...]]] = {
    "clickhouse_go": (_go, ("go",)),
    "clickhouse_jdbc": (_jdbc, ("java", "mvn")),
    "clickhouse_js": (_js, ("node", "npm")),
    "clickhouse_connect": (_connect, ()),
    "compose": (_go, ("go",)),
}


def _made(source: Path, make: Callable[[Path], None]) -> Path:
    """The folder of what was made of `source`; it gets its name when it is whole."""
    cache = user_cache_dir() / "earshot" / "test-clients"
    folder = cache / f"{source.name}-{_digest(source)}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as made:
        make(Path(made))
        try:
            Path(made).rename(folder)
        except OSError:
            if not folder.exists():  # else another run was faster
                raise
        Path(made).mkdir(exist_ok=True)
    return folder


def _digest(source: Path) -> str:
    files = sorted(source.iterdir())
    return hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()[:12]


def _fetch(command: Command, folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"the package registry of {_tool(command)}, which did not answer in {FETCH_WITHIN_S} s")
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or [""]
        pytest.skip(f"the package registry of {_tool(command)}, once online ({said[-1]})")


def _tool(command: Command) -> str:
    return next(word for word in command if word != "env" and "=" not in word)
