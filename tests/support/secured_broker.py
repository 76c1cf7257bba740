"""The real broker with security switched on: a listener with logins, and one that asks for certificates (mTLS)."""

from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from local.kafka import Broker
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings
from tests.support.broker import local_settings
from tests.support.certificates import KEY_PASSWORD, Authority, Certificate
from tests.support.ports import free_ports

USER, PASSWORD = "earshot", "correct horse"
ITERATIONS = 4096


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the secured listeners are."""

    login: int
    open_login: int
    mutual: int
    tls: int


class SecuredBroker:
    """A broker of a test's own; `settings_for` gives clients of its listeners."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.client = self.authority.sign("client", key_password=KEY_PASSWORD)
        self._ports = Ports(*free_ports(4))
        local = local_settings(folder)
        own = self.authority.sign("broker")
        listeners = _listeners(self._ports, local.kafka_port, local.kafka_controller_port)
        properties = listeners | _certificates(folder, own, self.authority) | _logins()
        self.broker = Broker(local, extra_properties=tuple(properties.items()))
        self.broker.start()
        self._add_user()
        Admin(self.broker.kafka).ensure_topics()

    def settings_for(self, protocol: str, mechanism: str = "SCRAM-SHA-512", **changes: object) -> KafkaSettings:
        """Settings of a client that may come in; `changes` spoil them."""
        port = {
            "SASL_SSL": self._ports.login,
            "SASL_PLAINTEXT": self._ports.open_login,
            "SSL": self._ports.mutual,
            "SSL without a client's certificate": self._ports.tls,
        }[protocol]
        protocol = protocol.partition(" ")[0]
        values: dict[str, object] = {"bootstrap": f"127.0.0.1:{port}", "security_protocol": protocol}
        if protocol.startswith("SASL"):
            values |= {"sasl_mechanism": mechanism, "username": USER, "password": PASSWORD}
        if protocol.endswith("SSL"):
            values |= {"ca_file": str(self.authority.cert)}
        if port == self._ports.mutual:
            values |= {
                "cert_file": str(self.client.cert),
                "key_file": str(self.client.key),
                "key_password": KEY_PASSWORD,
            }
        return KafkaSettings.model_validate(values | changes)

    def _add_user(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.broker.kafka.bootstrap})
        users = [
            UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, ITERATIONS), PASSWORD.encode())
            for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512)
        ]
        for user in users:
            for future in admin.alter_user_scram_credentials([user]).values():
                future.result(10)


def _listeners(ports: Ports, plain: int, controller: int) -> dict[str, str]:
    names = {
        "PLAINTEXT": ("PLAINTEXT", plain),
        "CONTROLLER": ("PLAINTEXT", controller),
        "LOGIN": ("SASL_SSL", ports.login),
        "OPEN": ("SASL_PLAINTEXT", ports.open_login),
        "MUTUAL": ("SSL", ports.mutual),
        "TLS": ("SSL", ports.tls),
    }
    addresses = {name: f"{name}://127.0.0.1:{port}" for name, (_, port) in names.items()}
    return {
        "listeners": ",".join(addresses.values()),
        "advertised.listeners": ",".join(address for name, address in addresses.items() if name != "CONTROLLER"),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, (protocol, _) in names.items()),
    }


def _certificates(folder: Path, own: Certificate, authority: Authority) -> dict[str, str]:
    keystore = folder / "broker-keystore.pem"
    keystore.write_text(own.key.read_text() + own.cert.read_text())
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.cert),
        "listener.name.mutual.ssl.client.auth": "required",
    }


def _logins() -> dict[str, str]:
    package = "org.apache.kafka.common.security"
    scram = f"{package}.scram.ScramLoginModule required;"
    plain = f'{package}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    return {
        f"listener.name.{listener}.{name}": value
        for listener in ("login", "open")
        for name, value in {
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "plain.sasl.jaas.config": plain,
            "scram-sha-256.sasl.jaas.config": scram,
            "scram-sha-512.sasl.jaas.config": scram,
        }.items()
    }
