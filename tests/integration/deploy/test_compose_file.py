"""docker-compose.yml as Docker's own Compose takes it: by the command where there is one, and by its loader."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.client_program import client_command
from tests.unit.deploy.test_compose import PROJECT, SERVICES

TRANSCRIBERS = {"transcriber", "transcriber-gpu"}
PROFILES = pytest.mark.parametrize(("profiles", "transcriber"), [([], "transcriber"), (["gpu"], "transcriber-gpu")])


def services_by(command: list[str], folder: Path = PROJECT) -> set[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@PROFILES
def test_the_loader_takes_the_file_and_a_profile_replaces_the_transcriber(
    profiles: list[str], transcriber: str
) -> None:
    found = services_by([*client_command("compose"), str(PROJECT), *profiles])
    assert found == set(SERVICES) - TRANSCRIBERS | {transcriber}


def test_the_loader_refuses_what_is_no_compose_file(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {stage: {image: x, comand: [run]}}\n")
    command = [*client_command("compose"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "comand" in done.stderr


def docker_compose() -> list[str]:
    """The command, of version 2 or later; empty where there is none."""
    docker = ["docker", "compose"]
    if shutil.which("docker") and not subprocess.run([*docker, "version"], capture_output=True, check=False).returncode:
        return docker
    return []


COMMAND = docker_compose()


@pytest.mark.skipif(not COMMAND, reason="docker compose (docs.docker.com/compose); its loader is asked without it")
@PROFILES
def test_the_command_takes_the_file_and_a_profile_replaces_the_transcriber(
    profiles: list[str], transcriber: str
) -> None:
    chosen = [part for profile in profiles for part in ("--profile", profile)]
    assert services_by([*COMMAND, *chosen, "config", "--services"]) == set(SERVICES) - TRANSCRIBERS | {transcriber}
