"""The Kafka clients; nothing outside this folder imports confluent_kafka."""

from runtime.kafka.reader import Reader, ReaderOptions
from runtime.kafka.writer import Writer, WriterOptions
from runtime.record import Record

__all__ = ["Reader", "ReaderOptions", "Record", "Writer", "WriterOptions"]
