"""Kafka's murmur2, against the values in the Java client's own tests."""

import pytest

from runtime.kafka.partitioning import murmur2, partition_of

JAVA = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "signed"), JAVA.items())
def test_hash_equals_javas(key, signed):
    assert murmur2(key) == signed % 2**32


@pytest.mark.parametrize(("key", "signed"), JAVA.items())
def test_partition_is_the_positive_hash_by_the_count(key, signed):
    assert partition_of(key, 7) == (signed & 0x7FFFFFFF) % 7
