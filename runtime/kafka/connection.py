"""What every librdkafka client of ours is configured with, and how its errors become ours."""

import logging
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from runtime.errors import ConfigError, EarshotError, Fenced, Unavailable
from runtime.kafka.security import librdkafka_security
from runtime.settings import KafkaSettings

client_log = logging.getLogger("kafka.client")
RECONNECT_BACKOFF_MS = 50
RECONNECT_BACKOFF_MAX_MS = 1000
METADATA_REFRESH_MS = 10_000
"""After so long a client has seen new partitions, and topics that were made anew."""

SILENCE = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._MSG_TIMED_OUT, KafkaError._TIMED_OUT)
"""librdkafka's codes for a broker that does not answer."""

TopicPartition = tuple[str, int]


def client_config(kafka: KafkaSettings, **extra: Any) -> dict[str, Any]:
    """Configuration of one librdkafka client; `extra` uses underscores for the dots of its keys."""
    config: dict[str, Any] = {
        "bootstrap.servers": kafka.bootstrap,
        "reconnect.backoff.ms": RECONNECT_BACKOFF_MS,
        "reconnect.backoff.max.ms": RECONNECT_BACKOFF_MAX_MS,
        "topic.metadata.refresh.interval.ms": METADATA_REFRESH_MS,
        "log_level": 4,
        **librdkafka_security(kafka),
    }
    config.update({name.replace("_", "."): value for name, value in extra.items()})
    return config


def error_of(error: KafkaError, doing: str, kafka: KafkaSettings) -> EarshotError:
    """Our error for one of librdkafka's, saying what was being done and where."""
    message = f"{doing}: {error.str()} (broker {kafka.bootstrap})"
    if error.code() in (KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.FENCED_INSTANCE_ID):
        return Fenced(f"{message}: another process runs under the same name: give each its own EARSHOT_KAFKA__MEMBER")
    if error.fatal():
        return EarshotError(f"{message}: the client cannot go on")
    if error.code() == KafkaError.INVALID_TIMESTAMP:
        return ConfigError(
            f"{message}: this machine's clock is over an hour ahead of the broker's: set it (NTP), or capture by the "
            "broker's time with EARSHOT_CAPTURE__CLOCK=broker"
        )
    if error.code() in SILENCE:
        message += ": does it run? `earshot up` starts one, EARSHOT_KAFKA__BOOTSTRAP says where it is"
    return Unavailable(message)


def error_in(exception: KafkaException) -> KafkaError:
    """The KafkaError that a KafkaException carries."""
    error = exception.args[0]
    if not isinstance(error, KafkaError):
        raise exception
    return error
