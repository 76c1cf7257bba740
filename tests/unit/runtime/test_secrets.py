"""Secrets in files, and security settings that contradict each other."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from runtime.errors import ConfigError
from runtime.settings import (
    ClickHouseSettings,
    KafkaSettings,
    Settings,
    environment_of,
    load_settings,
    variable_names,
)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variable_names():
        monkeypatch.delenv(name, raising=False)


def fault_of(**kafka: object) -> str:
    with pytest.raises(ValidationError) as caught:
        KafkaSettings.model_validate(kafka)
    return str(caught.value)


def test_a_secret_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush hush \n")
    monkeypatch.setenv("EARSHOT_CLICKHOUSE__PASSWORD_FILE", str(secret))
    settings = load_settings()
    assert settings.clickhouse.password.get_secret_value() == "hush hush "
    assert "hush" not in repr(settings)


def test_a_child_reads_the_file_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush")
    settings = Settings(clickhouse=ClickHouseSettings(password_file=str(secret)))
    variables = environment_of(settings)
    assert variables == {"EARSHOT_CLICKHOUSE__PASSWORD_FILE": str(secret)}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot read this file"), ("", "this file is empty"), ("\n", "this file is empty")]
)
def test_a_file_without_a_secret_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, told: str
) -> None:
    secret = tmp_path / "password"
    if content is not None:
        secret.write_text(content)
    monkeypatch.setenv("EARSHOT_KAFKA__PASSWORD_FILE", str(secret))
    with pytest.raises(ConfigError, match=f"EARSHOT_KAFKA__PASSWORD_FILE: {told}"):
        load_settings()


def test_a_secret_comes_one_way_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush")
    monkeypatch.setenv("EARSHOT_CLICKHOUSE__PASSWORD_FILE", str(secret))
    monkeypatch.setenv("EARSHOT_CLICKHOUSE__PASSWORD", "whisper")
    with pytest.raises(ConfigError, match="both set") as caught:
        load_settings()
    assert "hush" not in str(caught.value)
    assert "whisper" not in str(caught.value)


def test_a_login_needs_a_name_and_a_password() -> None:
    assert "needs username and password" in fault_of(security_protocol="SASL_SSL", username="me")
    assert "needs username and password" in fault_of(security_protocol="SASL_PLAINTEXT", password="hush")


def test_a_login_that_would_not_be_sent_is_told() -> None:
    assert "sends no login" in fault_of(username="me", password="hush")


def test_certificates_that_would_not_be_used_are_told(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("x")
    assert "not encrypted" in fault_of(ca_file=str(ca))
    assert "go together" in fault_of(security_protocol="SSL", cert_file=str(ca))
    with pytest.raises(ValidationError, match="https:// is what they are for"):
        ClickHouseSettings(ca_file=str(ca))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_KAFKA__SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("EARSHOT_KAFKA__CA_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match=r"EARSHOT_KAFKA__CA_FILE: cannot read this file \(No such file"):
        load_settings()
