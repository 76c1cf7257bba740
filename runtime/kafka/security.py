"""How a client proves itself and hides what it says: one set of settings, for librdkafka and for aiokafka."""

import ssl
from typing import Any

from confluent_kafka import KafkaError

from runtime.errors import ConfigError
from runtime.settings import KafkaSettings

DISCONNECTED = "Disconnected"
ALERT = "tls alert"


def librdkafka_security(kafka: KafkaSettings) -> dict[str, Any]:
    """The security part of a librdkafka configuration; empty for a plain listener.

    Raises ConfigError where a certificate or key cannot be used: librdkafka's own words for that name no file.
    """
    if kafka.security_protocol == "PLAINTEXT":
        return {}
    config: dict[str, Any] = {"security.protocol": kafka.security_protocol}
    if kafka.has_login:
        config["sasl.mechanism"] = kafka.sasl_mechanism
        config["sasl.username"] = kafka.username
        config["sasl.password"] = kafka.password.get_secret_value()
    if kafka.is_encrypted:
        config["ssl.endpoint.identification.algorithm"] = "https"  # a certificate of another host is refused
        config.update(_files(kafka))
        ssl_context(kafka)
    return config


def ssl_context(kafka: KafkaSettings) -> ssl.SSLContext | None:
    """The same as Python's own TLS wants it; None for a listener without TLS.

    Raises ConfigError where a certificate or key cannot be used.
    """
    if not kafka.is_encrypted:
        return None
    try:
        context = ssl.create_default_context(cafile=kafka.ca_file or None)
        if kafka.cert_file:
            context.load_cert_chain(kafka.cert_file, kafka.key_file, kafka.key_password.get_secret_value)
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(
            f"EARSHOT_KAFKA__CA_FILE, __CERT_FILE or __KEY_FILE cannot be used ({error}): each must be PEM, the key "
            "must belong to the certificate, and EARSHOT_KAFKA__KEY_PASSWORD must open it"
        ) from error
    return context


def refusal_in(error: KafkaError, kafka: KafkaSettings) -> ConfigError | None:
    """What a user must mend, if `error` says that the broker and this client do not accept each other.

    librdkafka tries on for ever in that case, as it does while a broker is away.
    """
    text = " ".join(error.str().split())
    if error.code() in (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED):
        return ConfigError(
            f"{text}: set EARSHOT_KAFKA__USERNAME, EARSHOT_KAFKA__PASSWORD (or __PASSWORD_FILE) and "
            "EARSHOT_KAFKA__SASL_MECHANISM to what the broker knows"
        )
    if error.code() == KafkaError._SSL and DISCONNECTED not in text:
        return ConfigError(
            f"{text}: EARSHOT_KAFKA__CA_FILE must hold the authority that signed the broker's certificate, the host in "
            "EARSHOT_KAFKA__BOOTSTRAP must be named in it, and the port must be one that speaks TLS"
        )
    if kafka.is_encrypted and ALERT in text:
        return ConfigError(
            f"{text}: the broker does not take this client's certificate: set EARSHOT_KAFKA__CERT_FILE and "
            "EARSHOT_KAFKA__KEY_FILE to one that its authority signed"
        )
    return None


def _files(kafka: KafkaSettings) -> dict[str, str]:
    files = {
        "ssl.ca.location": kafka.ca_file,
        "ssl.certificate.location": kafka.cert_file,
        "ssl.key.location": kafka.key_file,
        "ssl.key.password": kafka.key_password.get_secret_value(),
    }
    return {name: value for name, value in files.items() if value}
