"""What the doctor says of the machine under it."""

import shutil
import socket
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from earshot.doctor import machine
from earshot.doctor.finding import Finding, Verdict
from runtime.settings import KafkaSettings, LocalSettings, Settings
from tests.support.broker import local_settings

Usage = namedtuple("Usage", "total used free")


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    assert bool(finding.do) == (finding.verdict is not Verdict.OK)
    return finding


def settings(folder: Path, **kafka: object) -> Settings:
    return Settings(local=local_settings(folder), kafka=KafkaSettings.model_validate(kafka))


def test_this_python_will_do(tmp_path: Path) -> None:
    assert only(machine.check_python(settings(tmp_path))).verdict is Verdict.OK


def test_an_old_python_will_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    assert "3.9.1" in only(machine.check_python(settings(tmp_path))).what


def test_another_version_of_a_pinned_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_pinned", lambda: [("aiokafka", "0.14.0", "0.13.0")])
    finding = only(machine.check_python(settings(tmp_path)))
    assert finding.verdict is Verdict.FAIL
    assert "aiokafka 0.13.0 (needs 0.14.0)" in finding.what


def test_the_pins_of_this_project_are_found() -> None:
    names = {name for name, _, _ in machine._pinned()}
    assert {"faust-streaming", "aiokafka", "confluent-kafka"} <= names


@pytest.mark.parametrize(
    ("free_gb", "hours", "verdict"),
    [
        (0.5, 1, Verdict.FAIL),
        (2, 1, Verdict.OK),
        (1.5, 1, Verdict.WARN),
        (20, 168, Verdict.WARN),
        (320, 168, Verdict.OK),
    ],
)
def test_room_is_held_against_the_retention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gb: float, hours: int, verdict: Verdict
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, free_gb * machine.GB))
    finding = only(machine.check_disk(settings(tmp_path, audio_retention_h=hours)))
    assert finding.verdict is verdict


def test_a_disk_that_fills_says_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, 18.432 * machine.GB))
    finding = only(machine.check_disk(settings(tmp_path / "not" / "yet", audio_retention_h=24)))
    assert "full after 10 h" in finding.what
    assert "44 GB" in finding.do


def test_a_taken_port_is_named_with_its_setting(tmp_path: Path) -> None:
    own = settings(tmp_path)
    assert only(machine.check_ports(own)).verdict is Verdict.OK
    with socket.create_server(("127.0.0.1", own.local.kafka_port)):
        finding = only(machine.check_ports(own))
    assert finding.verdict is Verdict.FAIL
    assert f"{own.local.kafka_port} (EARSHOT_LOCAL__KAFKA_PORT)" in finding.what


def test_jars_that_are_not_here_are_counted(tmp_path: Path) -> None:
    local = LocalSettings(data_dir=str(tmp_path), cache_dir=str(tmp_path / "cache"))
    finding = only(machine.check_java(Settings(local=local)))
    assert finding.verdict is Verdict.WARN
    assert "46 of 46 jars" in finding.what


def test_java_is_not_asked_for_with_a_broker_elsewhere(tmp_path: Path) -> None:
    finding = only(machine.check_java(Settings(local=LocalSettings(data_dir=str(tmp_path), kafka=False))))
    assert finding.verdict is Verdict.OK


def test_little_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda self: "MemTotal: 1 kB\nMemAvailable:    1464844 kB\n")
    assert only(machine.check_memory(settings(tmp_path))).verdict is Verdict.WARN
    monkeypatch.setattr(Path, "read_text", lambda self: "MemAvailable:    300000 kB\n")
    assert only(machine.check_memory(settings(tmp_path))).verdict is Verdict.FAIL


def test_a_clock_that_nothing_keeps_right_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_is_unsynchronised", lambda: True)
    assert "chrony" in only(machine.check_clock(settings(tmp_path))).do
    monkeypatch.setattr(machine, "_is_unsynchronised", lambda: False)
    assert only(machine.check_clock(settings(tmp_path))).verdict is Verdict.OK


def test_the_system_is_asked_about_its_clock() -> None:
    assert machine._is_unsynchronised() in (True, False)
