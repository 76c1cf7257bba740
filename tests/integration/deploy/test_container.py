"""The image's entry commands where a container has them: another user, a read-only file system, the image's variables.

No engine is needed for it; the image itself is built by hand (docs/operations.md, What was tried).
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from demo.live.rehearsal import exercise_files
from local.child import ChildOptions, kill_child, start_child, stop_child
from local.kafka import Broker
from runtime.settings import ClickHouseSettings
from sinks.clickhouse.store import Store
from tests.support.container_room import earshot, image_health_check, room_command, room_environment, why_not
from tests.support.ports import free_ports
from tests.unit.deploy.test_compose import OURS, filled_in, seconds

STAGES = ("segmenter", "transcriber", "glossary", "sink")
WITHIN_S = 200.0

REASON = why_not()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=f"a room like a container's: {REASON}"),
    pytest.mark.timeout(420),
]


@pytest.fixture
def variables(own_broker: Broker, clickhouse: ClickHouseSettings) -> dict[str, str]:
    """The image's variables, and the addresses that docker-compose.yml would set."""
    addresses = {
        "EARSHOT_KAFKA__BOOTSTRAP": own_broker.kafka.bootstrap,
        "EARSHOT_CLICKHOUSE__URL": clickhouse.url,
        "EARSHOT_CLICKHOUSE__DATABASE": clickhouse.database,
    }
    return room_environment(addresses)


def rows_of(clickhouse: ClickHouseSettings, session_id: str) -> int:
    """The session's rows; the sink makes the tables, so there may be none yet."""
    store = Store(clickhouse)
    with closing(store):
        is_made = store.ask(
            "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'segments'"
        )
        if not is_made.rows[0][0]:
            return 0
        return int(
            store.ask("SELECT count() FROM segments WHERE session_id = {id:String}", {"id": session_id}).rows[0][0]
        )


def run(variables: dict[str, str], *command: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        room_command(command), env=variables, capture_output=True, text=True, check=False, timeout=WITHIN_S
    )
    assert "Traceback" not in done.stderr
    return done


def is_healthy(variables: dict[str, str], port: int) -> bool:
    """What the image's own health check says."""
    asked = room_command(image_health_check(port))
    return subprocess.run(asked, env=variables, capture_output=True, check=False, timeout=WITHIN_S).returncode == 0


@contextmanager
def started(variables: dict[str, str], log: Path, *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    with log.open("wb") as output:
        child = start_child(
            room_command(earshot(*arguments)), ChildOptions(environment=variables, output=output.fileno())
        )
    try:
        yield child
    finally:
        kill_child(child)
        child.wait()


def wait_until(condition: Callable[[], bool], children: "dict[str, subprocess.Popen[bytes]]", folder: Path) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        for name, child in children.items():
            assert child.poll() is None, f"{name} ended with {child.returncode}:\n{(folder / name).read_text()[-2000:]}"
        assert time.monotonic() < deadline, "\n".join((folder / name).read_text()[-1000:] for name in children)
        time.sleep(0.2)


def test_the_room_lets_its_user_write_where_a_container_may_and_nowhere_else(tmp_path: Path) -> None:
    places = [str(tmp_path), "/etc", "/usr", str(Path(__file__).parent), os.getcwd()]
    tried = (
        "id -u; touch here /tmp/there && echo written;"
        ' for place; do touch "$place/x" 2>/dev/null && echo "$place"; done; true'
    )
    done = run(room_environment({}), "sh", "-c", tried, "sh", *places)
    assert done.stdout.split() == ["10001", "written"]


def test_a_checkout_below_the_temporary_folder_is_there_and_cannot_be_written_to() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        checkout = Path(place) / "checkout"
        checkout.mkdir()
        (checkout / "here").write_text("seen")
        tried = 'cat "$0/here"; touch "$0/there" 2>/dev/null && echo written; ls -A /tmp | wc -l'
        done = run(room_environment({}, checkout), "sh", "-c", tried, str(checkout))
    assert done.stdout.split() == ["seen1"], done.stderr


def test_the_image_says_what_it_can_do() -> None:
    done = run(room_environment({}), *earshot("--help"))
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("run", "doctor", "capture"))


def test_the_doctor_finds_nothing_wrong(variables: dict[str, str]) -> None:
    done = run(variables, *earshot("doctor"))
    assert done.returncode == 0, done.stdout
    assert " 0 fail" in done.stdout


def test_four_stages_and_a_capture_bring_sound_to_rows_and_end_in_order(
    variables: dict[str, str], clickhouse: ClickHouseSettings, session_id: str, tmp_path: Path
) -> None:
    ports = dict(zip(STAGES, free_ports(len(STAGES)), strict=True))
    (sound,) = [path for path in exercise_files() if path.stem == "C01"]
    with ExitStack() as stages:
        shelf = Path(stages.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        shelf.chmod(0o755)  # this checkout may be closed to other users
        sound = shutil.copy(sound, shelf)
        children = {
            name: stages.enter_context(
                started(variables | {"EARSHOT_OPS__PORT": str(ports[name])}, tmp_path / name, "run", name)
            )
            for name in STAGES
        }
        capture = earshot("capture", str(sound), "--session", session_id, "--speed", "max")
        captured = run(variables | {"EARSHOT_OPS__PORT": "0"}, *capture)
        assert captured.returncode == 0, captured.stderr
        wait_until(lambda: rows_of(clickhouse, session_id) >= 5, children, tmp_path)
        assert [is_healthy(variables, port) for port in ports.values()] == [True] * len(ports)
        grace_s = min(seconds(filled_in(OURS[name]["stop_grace_period"])) for name in STAGES)
        ended = {name: stop_child(child, grace_s) for name, child in children.items()}
    assert ended == dict.fromkeys(STAGES, 0)
    assert not is_healthy(variables, ports["sink"])
    assert not any("Read-only file system" in (tmp_path / name).read_text() for name in STAGES)
