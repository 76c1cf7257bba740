"""docker-compose.yml against the code: each command exists, each variable is a setting, ports and volumes agree."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from earshot.commands.run import STAGES
from runtime.settings import PREFIX, OpsSettings, Settings, variable_names

PROJECT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("earshot:")}
DEFAULT = re.compile(r"\$\{(\w+):-([^}]*)\}")


def filled_in(text: object) -> str:
    """The text with every `${NAME:-default}` at its default."""
    return DEFAULT.sub(lambda match: match[2], str(text))


def seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text[:-1])


def test_every_stage_is_there() -> None:
    commands = {service["command"][1] for service in OURS.values()}
    assert commands == set(STAGES) - {"kafka", "clickhouse"}


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_one_of_ours(name: str) -> None:
    run, stage = OURS[name]["command"]
    assert run == "run"
    assert stage in STAGES


@pytest.mark.parametrize("name", OURS)
def test_variables_are_settings_with_values_that_pass(name: str) -> None:
    known = set(variable_names())
    groups: dict[str, dict[str, str]] = {}
    for variable, value in OURS[name]["environment"].items():
        assert variable in known, variable
        group, field = variable.removeprefix(PREFIX).lower().split("__")
        groups.setdefault(group, {})[field] = filled_in(value)
    for fields in groups.values():
        fields.pop("password_file", None)  # the file is there only in the container
    try:
        Settings(**groups)  # type: ignore[arg-type]
    except ValidationError as error:
        pytest.fail(str(error))


@pytest.mark.parametrize("name", OURS)
def test_a_password_is_a_file_that_the_service_gets(name: str) -> None:
    for variable, value in OURS[name]["environment"].items():
        assert not variable.endswith("PASSWORD"), f"{variable} spells a secret out"
        if variable.endswith("PASSWORD_FILE"):
            assert Path(value).parent == Path("/run/secrets")
            assert Path(value).name in OURS[name]["secrets"]


def test_secrets_are_files_that_git_does_not_hold() -> None:
    for secret in COMPOSE["secrets"].values():
        folder = (PROJECT / secret["file"]).parent
        assert (folder / ".gitignore").read_text().splitlines() == ["*", "!.gitignore"]
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_restarts_is_bounded_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    assert re.search(r":[\w.]*\d|:cpu|:cuda", SERVICES[name]["image"])
    assert not SERVICES[name]["image"].endswith(":latest")


@pytest.mark.parametrize("name", OURS)
def test_the_health_check_asks_where_the_image_answers(name: str) -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text()
    port = re.search(rf"{PREFIX}OPS__PORT=(\d+)", dockerfile)
    assert port is not None
    check = " ".join(OURS[name]["healthcheck"]["test"])
    assert f"http://127.0.0.1:{port[1]}/healthz" in check
    assert "ProxyHandler({})" in check  # Docker may set HTTP_PROXY in every container
    assert OpsSettings(port=int(port[1])).port


@pytest.mark.parametrize("name", OURS)
def test_a_stop_outlasts_the_hard_exit(name: str) -> None:
    assert seconds(OURS[name]["stop_grace_period"]) > 10


@pytest.mark.parametrize("name", SERVICES)
def test_named_volumes_files_and_dependencies_exist(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (PROJECT / source).exists(), source
        else:
            assert source in COMPOSE["volumes"]
    assert set(SERVICES[name].get("depends_on", {})) <= set(SERVICES)


def test_stages_find_the_servers_where_they_listen() -> None:
    listeners = dict(item.split("://") for item in SERVICES["kafka"]["environment"]["KAFKA_LISTENERS"].split(","))
    for service in OURS.values():
        host, port = service["environment"]["EARSHOT_KAFKA__BOOTSTRAP"].split(":")
        assert host == "kafka"
        assert listeners["INSIDE"] == f":{port}"
    assert OURS["sink"]["environment"]["EARSHOT_CLICKHOUSE__URL"] == "http://clickhouse:8123"
    assert any(item.endswith(":8123:8123") for item in SERVICES["clickhouse"]["ports"])
    assert (
        OURS["sink"]["environment"]["EARSHOT_CLICKHOUSE__USER"]
        == SERVICES["clickhouse"]["environment"]["CLICKHOUSE_USER"]
    )


def test_a_producer_outside_finds_the_broker_at_its_default_address() -> None:
    outside = filled_in(SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]).split(",")[1]
    assert outside == f"OUTSIDE://{Settings().kafka.bootstrap}"


def test_the_broker_takes_what_our_clients_ask_for() -> None:
    broker = SERVICES["kafka"]["environment"]
    settings = Settings()
    shortest = min(settings.whisper.session_timeout_ms, settings.kafka.session_timeout_ms)
    assert int(broker["KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS"]) <= shortest
    assert int(broker["KAFKA_MESSAGE_MAX_BYTES"]) >= 2_000_000
    assert settings.kafka.replication == 1 == int(broker["KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR"])


def test_ports_are_open_to_this_machine_only() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert filled_in(port).startswith("127.0.0.1:")


def test_one_of_the_two_transcribers_runs() -> None:
    assert OURS["transcriber"]["profiles"] == ["cpu"]
    assert OURS["transcriber-gpu"]["profiles"] == ["gpu"]
    assert "COMPOSE_PROFILES=cpu" in (PROJECT / ".env").read_text()


@pytest.mark.parametrize("name", OURS)
def test_containers_run_with_little_right(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "user" not in service  # the image says it


def test_the_variables_of_the_file_have_their_defaults_in_env() -> None:
    used = dict(DEFAULT.findall((PROJECT / "docker-compose.yml").read_text()))
    lines = (PROJECT / ".env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert used == {name: value for name, value in given.items() if name != "COMPOSE_PROFILES"}
