"""`earshot doctor` before real servers, healthy and not."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx

from earshot.doctor.examination import examine
from earshot.doctor.finding import Check, Finding, Verdict
from earshot.doctor.servers import check_broker, check_clickhouse
from local.kafka import Broker
from runtime.settings import ClickHouseSettings, KafkaSettings, LocalSettings, Settings, child_environment
from schemas.topics import ALL
from sinks.clickhouse.store import Store
from tests.support.broker import local_settings
from tests.support.ports import free_port
from tests.support.random_whisper import build_random_whisper

ELSEWHERE = LocalSettings(kafka=False, clickhouse=False)


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    assert all(bool(finding.do) == (finding.verdict is not Verdict.OK) for finding in findings)
    return {finding.subject: finding.verdict for finding in findings}


def test_a_broker_with_its_topics_is_in_order(broker: KafkaSettings) -> None:
    findings = check_broker(Settings(kafka=broker))
    assert verdicts(findings) == {"broker": Verdict.OK, "topics": Verdict.OK}
    assert f"all {len(ALL)}" in findings[1].what


def test_other_partitions_than_configured_are_told(broker: KafkaSettings) -> None:
    findings = check_broker(Settings(kafka=broker.model_copy(update={"partitions": 3})))
    assert verdicts(findings) == {"broker": Verdict.OK, "topics": Verdict.FAIL}
    assert "audio.pcm.C01 (1)" in findings[1].what


def test_topics_that_are_not_there_yet_are_counted(own_broker: Broker) -> None:
    findings = check_broker(Settings(kafka=own_broker.kafka))
    assert verdicts(findings) == {"broker": Verdict.OK, "topics": Verdict.WARN}
    assert f"{len(ALL)} of {len(ALL)}" in findings[1].what


def test_servers_that_are_away_are_a_matter_of_whose_they_are() -> None:
    kafka = KafkaSettings(bootstrap=f"127.0.0.1:{free_port()}")
    clickhouse = ClickHouseSettings(url=f"http://127.0.0.1:{free_port()}")
    ours, theirs = (
        Settings(kafka=kafka, clickhouse=clickhouse),
        Settings(kafka=kafka, clickhouse=clickhouse, local=ELSEWHERE),
    )
    assert verdicts(check_broker(ours)) == {"broker": Verdict.WARN}
    assert verdicts(check_broker(theirs)) == {"broker": Verdict.FAIL}
    assert verdicts(check_clickhouse(ours)) == {"clickhouse": Verdict.WARN}
    assert verdicts(check_clickhouse(theirs)) == {"clickhouse": Verdict.FAIL}


def test_servers_that_take_connections_and_never_answer_are_told_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        port = silent.getsockname()[1]
        settings = Settings(
            kafka=KafkaSettings(bootstrap=f"127.0.0.1:{port}"),
            clickhouse=ClickHouseSettings(url=f"http://127.0.0.1:{port}"),
            local=LocalSettings(kafka=False, clickhouse=False),
        )
        checks = [Check(look.__name__, look, may_wait=True) for look in (check_broker, check_clickhouse)]
        found = list(examine(settings, checks))
    assert [finding.verdict for finding in found] == [Verdict.FAIL, Verdict.FAIL]
    assert "EARSHOT_KAFKA__BOOTSTRAP" in found[0].do
    assert "EARSHOT_CLICKHOUSE__URL" in found[1].do


def test_tables_are_none_then_all_then_newer_than_the_program(clickhouse: ClickHouseSettings) -> None:
    settings = Settings(clickhouse=clickhouse)
    well = {"clickhouse": Verdict.OK, "time": Verdict.OK}
    assert verdicts(check_clickhouse(settings)) == {**well, "tables": Verdict.WARN}
    store = Store(clickhouse)
    store.migrate()
    assert verdicts(check_clickhouse(settings)) == {**well, "tables": Verdict.OK}
    store.ask("DROP TABLE segments")
    found = {finding.subject: finding for finding in check_clickhouse(settings)}["tables"]
    assert (found.verdict, "segments" in found.what, "schema_migrations" in found.do) == (Verdict.FAIL, True, True)
    tomorrow = (
        f"INSERT INTO {clickhouse.database}.schema_migrations (number, name, digest) VALUES (9999, 'tomorrow', 'x')"
    )
    httpx.post(clickhouse.url, content=tomorrow).raise_for_status()
    store.close()
    assert verdicts(check_clickhouse(settings)) == {**well, "tables": Verdict.FAIL}


def doctor(settings: Settings, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "earshot", "doctor"],
        env=child_environment(settings) | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def test_the_command_ends_well_where_nothing_fails(tmp_path: Path) -> None:
    model = build_random_whisper(tmp_path / "model")
    local = local_settings(tmp_path)
    done = doctor(Settings(local=local), EARSHOT_WHISPER__MODEL=str(model), EARSHOT_WHISPER__DEVICE="cpu")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 fail," in done.stdout
    assert "→ `earshot up` starts the local one" in done.stdout


def test_the_command_fails_with_what_fails(tmp_path: Path) -> None:
    """By a check that needs no time: one that a busy machine keeps waiting becomes a warning."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = doctor(Settings(local=local_settings(tmp_path).model_copy(update={"kafka_port": port})))
    assert done.returncode == 1
    assert f"{port} (EARSHOT_LOCAL__KAFKA_PORT)" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_wrong_settings_are_its_first_finding(tmp_path: Path) -> None:
    done = doctor(Settings(), EARSHOT_KAFKA__PARTITION="3", EARSHOT_VAD__START="loud")
    assert done.returncode == 1
    assert "did you mean EARSHOT_KAFKA__PARTITIONS?" in done.stdout
    assert "EARSHOT_VAD__START" in done.stdout
