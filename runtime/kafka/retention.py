"""How long a broker keeps what is in a topic, as it is configured there now."""

from collections.abc import Iterable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from runtime.errors import Unavailable
from runtime.kafka.connection import client_config, client_log, error_in, error_of
from runtime.settings import KafkaSettings

CALL_TIMEOUT_S = 10.0
COMPACTED = -2
"""In place of a time: the newest record of each key is kept."""


def retention_ms_of(kafka: KafkaSettings, topics: Iterable[str]) -> dict[str, int]:
    """Milliseconds for each topic; −1 for good, COMPACTED where keys decide. Raises Unavailable."""
    client = AdminClient(client_config(kafka), logger=client_log)
    asked = client.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in topics])
    found = {}
    for resource, future in asked.items():
        try:
            config = future.result(timeout=CALL_TIMEOUT_S)
        except KafkaException as exception:
            raise error_of(error_in(exception), f"reading the settings of {resource.name}", kafka) from exception
        except TimeoutError as exception:
            raise Unavailable(
                f"reading the settings of {resource.name}: no answer from {kafka.bootstrap}"
            ) from exception
        is_compacted = "compact" in config["cleanup.policy"].value
        found[resource.name] = COMPACTED if is_compacted else int(config["retention.ms"].value)
    return found
