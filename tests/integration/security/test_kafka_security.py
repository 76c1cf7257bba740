"""Every client of ours against the real broker with security switched on, and what a user is told who gets it wrong."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.errors import ConfigError, Unavailable
from runtime.kafka import Reader, ReaderOptions, Writer, WriterOptions
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.kafka.offsets import GroupOffsets
from runtime.kafka.transaction import Output, TransactionalWriter
from runtime.settings import KafkaSettings, Settings, environment_of
from schemas.topics import TRANSCRIPTS, WINDOWS, audio_topic
from tests.support.broker import create_topics
from tests.support.certificates import Authority
from tests.support.echo_stage import echo_of
from tests.support.secured_broker import PASSWORD, USER, SecuredBroker
from tests.support.waiting import PATIENCE_S

WAYS_IN = [
    ("SASL_SSL", "SCRAM-SHA-512"),
    ("SASL_SSL", "SCRAM-SHA-256"),
    ("SASL_SSL", "PLAIN"),
    ("SASL_PLAINTEXT", "SCRAM-SHA-512"),
    ("SSL", "PLAIN"),
    ("SSL without a client's certificate", "PLAIN"),
]
FAUST_WAYS_IN = [
    ("SASL_SSL", "SCRAM-SHA-512"),
    ("SASL_SSL", "PLAIN"),
    ("SASL_PLAINTEXT", "SCRAM-SHA-256"),
    ("SSL", "PLAIN"),
]
DEADLINE_S = 120.0


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    secured = SecuredBroker(tmp_path_factory.mktemp("secured"))
    yield secured
    secured.broker.kill()


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


def read_one(reader: Reader, wanted: bytes) -> None:
    end = time.monotonic() + DEADLINE_S
    while not any(record.value == wanted for record in reader.read(100, 0.1)):
        assert time.monotonic() < end, f"no record {wanted!r} in {DEADLINE_S:g} s"


@pytest.mark.parametrize(("protocol", "mechanism"), WAYS_IN)
def test_reader_writer_and_admin_come_in(secured: SecuredBroker, protocol: str, mechanism: str) -> None:
    kafka = secured.settings_for(protocol, mechanism)
    wait_for_broker(kafka, DEADLINE_S)
    value = uuid.uuid4().bytes
    with Writer(kafka, WriterOptions("test")) as writer:
        writer.send(WINDOWS.name, b"k", value)
    with Reader(kafka, ReaderOptions((WINDOWS.name,), group=f"test-{uuid.uuid4().hex}")) as reader:
        read_one(reader, value)
    assert Admin(kafka).watermarks([WINDOWS.name])[(WINDOWS.name, 0)][1] > 0


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SSL"])
def test_transactions_come_in(secured: SecuredBroker, protocol: str) -> None:
    kafka = secured.settings_for(protocol)
    value = uuid.uuid4().bytes
    with Writer(kafka, WriterOptions("test")) as writer:
        writer.send(WINDOWS.name, b"k", value)
    group = f"test-{uuid.uuid4().hex}"
    with (
        Reader(kafka, ReaderOptions((WINDOWS.name,), group=group)) as reader,
        TransactionalWriter(kafka, group) as transactions,
    ):
        read_one(reader, value)
        next_offset = Admin(kafka).watermarks([WINDOWS.name])[(WINDOWS.name, 0)][1]
        assert transactions.publish([Output(TRANSCRIPTS.name, b"k", value)], {(WINDOWS.name, 0): next_offset}, reader)
    assert GroupOffsets(kafka, group).committed([WINDOWS.name]) == {(WINDOWS.name, 0): next_offset}


@pytest.mark.parametrize(("protocol", "mechanism"), FAUST_WAYS_IN)
def test_a_faust_stage_comes_in(secured: SecuredBroker, tmp_path: Path, protocol: str, mechanism: str) -> None:
    prefix = f"test-{uuid.uuid4().hex[:12]}"
    kafka = secured.settings_for(protocol, mechanism, group_prefix=prefix)
    value = uuid.uuid4().bytes
    topic, never = audio_topic("C16"), str(10**9)
    create_topics(secured.broker.kafka, [replace(WINDOWS, name=echo_of(topic))])
    with Writer(kafka, WriterOptions("test")) as writer:
        writer.send(topic, b"k", value)
    stage = subprocess.Popen(
        [sys.executable, "-m", "tests.support.echo_stage", str(tmp_path / "faust"), topic, never, never],
        env={**os.environ, **environment_of(Settings(kafka=kafka))},  # noqa: TID251
    )
    try:
        with Reader(kafka, ReaderOptions((echo_of(topic),))) as reader:
            read_one(reader, value)
        stage.send_signal(signal.SIGTERM)
        assert stage.wait(PATIENCE_S) == 0
    finally:
        stage.kill()
        stage.wait()
    assert GroupOffsets(kafka, f"{prefix}.echo").committed([topic])[(topic, 0)] > 0


def test_a_wrong_password_is_told_at_once(secured: SecuredBroker) -> None:
    kafka = secured.settings_for("SASL_SSL", password="battery staple")
    with pytest.raises(ConfigError, match=r"invalid credentials.*EARSHOT_KAFKA__PASSWORD") as caught:
        wait_for_broker(kafka, DEADLINE_S)
    assert "battery staple" not in str(caught.value)


def test_a_broker_of_another_authority_is_not_trusted(secured: SecuredBroker, stranger: Authority) -> None:
    kafka = secured.settings_for("SASL_SSL", ca_file=str(stranger.cert))
    with pytest.raises(ConfigError, match=r"certificate verify failed.*EARSHOT_KAFKA__CA_FILE"):
        wait_for_broker(kafka, DEADLINE_S)


def test_a_certificate_of_another_host_is_not_trusted(secured: SecuredBroker) -> None:
    named_otherwise = secured.settings_for("SASL_SSL")
    host, _, port = named_otherwise.bootstrap.partition(":")
    kafka = named_otherwise.model_copy(update={"bootstrap": f"localhost:{port}"})
    assert host == "127.0.0.1"
    with pytest.raises(ConfigError, match=r"certificate verify failed.*EARSHOT_KAFKA__BOOTSTRAP"):
        wait_for_broker(kafka, DEADLINE_S)


def test_without_a_certificate_there_is_no_mutual_tls(secured: SecuredBroker) -> None:
    kafka = secured.settings_for("SSL", cert_file="", key_file="", key_password="")
    with pytest.raises(ConfigError, match="does not take this client's certificate"):
        wait_for_broker(kafka, DEADLINE_S)


def test_a_certificate_of_a_stranger_is_refused(secured: SecuredBroker, stranger: Authority) -> None:
    theirs = stranger.sign("client")
    kafka = secured.settings_for("SSL", cert_file=str(theirs.cert), key_file=str(theirs.key), key_password="")
    with pytest.raises(ConfigError, match="does not take this client's certificate"):
        wait_for_broker(kafka, DEADLINE_S)


def test_a_key_that_stays_shut_is_told_before_anything_connects(secured: SecuredBroker) -> None:
    kafka = secured.settings_for("SSL", key_password="a guess")
    with pytest.raises(ConfigError, match="EARSHOT_KAFKA__KEY_PASSWORD must open it"):
        Reader(kafka, ReaderOptions((WINDOWS.name,)))


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_the_wrong_listener_is_told(secured: SecuredBroker, protocol: str) -> None:
    plain, login = secured.broker.kafka.bootstrap, secured.settings_for("SASL_SSL").bootstrap
    wrong = {
        "PLAINTEXT": KafkaSettings(bootstrap=login),
        "SSL": secured.settings_for("SSL", bootstrap=plain),
    }[protocol]
    with pytest.raises((ConfigError, Unavailable), match=r"EARSHOT_KAFKA__SECURITY_PROTOCOL|the port must be one"):
        wait_for_broker(wrong, 3)


def test_a_password_from_a_file_comes_in(secured: SecuredBroker, tmp_path: Path) -> None:
    secret = tmp_path / "kafka_password"
    secret.write_text(PASSWORD + "\n")
    kafka = secured.settings_for("SASL_SSL", password="", password_file=str(secret))
    assert Admin(kafka).is_up(DEADLINE_S)
    assert PASSWORD not in repr(kafka)
    passed_on = environment_of(Settings(kafka=kafka))
    assert PASSWORD not in passed_on.values()
    assert passed_on["EARSHOT_KAFKA__USERNAME"] == USER
