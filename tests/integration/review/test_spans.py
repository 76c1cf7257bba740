"""Bounded reading, and offsets by time."""

import time

from review.spans import Span, offset_at, read_spans, whole
from runtime.kafka import Writer, WriterOptions


def write(kafka, topic, value):
    with Writer(kafka, WriterOptions("test", linger_ms=0)) as writer:
        writer.send(topic, b"spans", value)


def test_offsets_by_time_and_reading_between_them(broker, own_topic):
    topic = own_topic.name
    write(broker, topic, b"before")
    (start,) = whole(broker, [topic])
    for turn in range(5):
        write(broker, topic, b"%d" % turn)
        time.sleep(0.02)
    (span,) = whole(broker, [topic])
    span = Span(topic, 0, start.end_offset, span.end_offset)
    records = list(read_spans(broker, [span]))
    assert [record.value for record in records] == [b"0", b"1", b"2", b"3", b"4"]
    for record in records:
        assert offset_at(broker, span, record.timestamp_us) == record.offset
        assert offset_at(broker, span, record.timestamp_us - 1_000) == record.offset
    assert offset_at(broker, span, 0) == span.first_offset
    assert offset_at(broker, span, records[-1].timestamp_us + 60_000_000) == span.end_offset


def test_an_empty_span_is_read_without_asking_anyone():
    assert list(read_spans(None, [Span("nobody.is.asked", 0, 5, 5)])) == []
