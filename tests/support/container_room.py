"""A container's surroundings without an engine: its user and variables, its folders, and nothing else to write to.

A mount namespace with the root read-only, as docker-compose.yml has it, and empty folders of memory where a container
may write; a checkout that lies below such a folder is shown in it, read-only. The one right that the user keeps is to
read what the interpreter consists of, which may lie in somebody's home here.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.dockerfile import entrypoint, environment, health_check, last, user_id

TARGET = "cpu"
HERE = Path(__file__).resolve().parents[2]
TEMPORARY = Path("/tmp")
HOME_OF_MODELS = "/models/"
ROOM = """
set -e
mount -o remount,bind,ro /
mount -t tmpfs -o mode=755 room "$(dirname "$ROOM_FOLDER")"
install -d -o "$ROOM_USER" -g "$ROOM_USER" "$ROOM_FOLDER"
if [ -n "$ROOM_COVERED" ]; then
    kept=$(dirname "$ROOM_FOLDER")/covered
    mkdir "$kept"
    mount --no-mtab --bind "$ROOM_COVERED" "$kept"
    mount -o remount,bind,ro "$kept"
fi
mount -t tmpfs room /tmp
if [ -n "$ROOM_COVERED" ]; then
    mkdir -p "$ROOM_COVERED"
    mount --no-mtab --move "$kept" "$ROOM_COVERED"
    rmdir "$kept"
fi
cd "$ROOM_FOLDER"
rights=-all,+dac_read_search
user=$ROOM_USER
unset ROOM_FOLDER ROOM_USER ROOM_COVERED
exec setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs \\
    --inh-caps=$rights --ambient-caps=$rights --bounding-set=$rights "$@"
"""


def why_not() -> str:
    """Why there can be no such room here; empty where there can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "only root of a Linux machine can become another user"
    if shutil.which("setpriv") is None or shutil.which("unshare") is None:
        return "no unshare or setpriv (util-linux)"
    if not Path(image_folder()).parent.is_dir():
        return f"no folder {Path(image_folder()).parent}"
    tried = subprocess.run(room_command(["true"]), env=room_environment({}), capture_output=True, check=False)
    return tried.stderr.decode().strip() if tried.returncode else ""


def image_folder() -> str:
    """Where a container stands and may write."""
    return last(TARGET, "WORKDIR")


def room_command(command: Sequence[str]) -> list[str]:
    """The command inside the room; the process that it starts becomes the command itself."""
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", ROOM, "sh", *command]


def earshot(*arguments: str) -> list[str]:
    """The image's entry command with arguments, by the interpreter of this test."""
    return [sys.executable, "-m", *entrypoint(TARGET), *arguments]


def image_health_check(port: int) -> list[str]:
    """The image's health check, at another port."""
    image_port = environment(TARGET)["EARSHOT_OPS__PORT"]
    command, *rest = health_check(TARGET)
    assert command == "python"
    return [sys.executable, *(part.replace(image_port, str(port)) for part in rest)]


def room_environment(settings: dict[str, str], checkout: Path = HERE) -> dict[str, str]:
    """The image's variables and `settings`, nothing of ours; the model of the image is the one in the repository."""
    variables = environment(TARGET)
    assert variables["EARSHOT_WHISPER__MODEL"].startswith(HOME_OF_MODELS)
    variables["EARSHOT_WHISPER__MODEL"] = str(HERE / "models" / "demo")
    variables["PATH"] = f"{Path(sys.executable).parent}:{os.defpath}"
    covered = str(checkout) if checkout.is_relative_to(TEMPORARY) else ""
    room = {"ROOM_FOLDER": image_folder(), "ROOM_USER": str(user_id(TARGET)), "ROOM_COVERED": covered}
    return variables | settings | room
