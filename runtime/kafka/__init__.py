"""The Kafka clients; nothing outside this folder imports confluent_kafka."""

from runtime.kafka.reader import Reader, ReaderOptions, Record
from runtime.kafka.writer import Writer, WriterOptions

__all__ = ["Reader", "ReaderOptions", "Record", "Writer", "WriterOptions"]
