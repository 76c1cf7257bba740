"""Which partition a key belongs to: Kafka's own hash over the partitions that are configured.

Every writer of ours says the partition itself. A client left to choose goes by what the topic has, so partitions that
somebody adds would take streams apart that are under way; and a stream's end can be looked up without reading the rest.
"""

from functools import lru_cache

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
ANY = -1
"""Leaves the choice to the client."""
WORD = 0xFFFFFFFF


@lru_cache(maxsize=4096)  # one key for each stream, over and over
def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Java's default partitioner and librdkafka's `murmur2_random` choose for `key`."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def partition_for(key: bytes | None, partitions: int) -> int:
    """Where a writer sends a record: by its key, or anywhere without one."""
    return partition_of(key, partitions) if key else ANY


def murmur2(data: bytes) -> int:
    """The unsigned 32-bit MurmurHash2 of `data`, with the seed that Kafka uses."""
    value = (SEED ^ len(data)) & WORD
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * MULTIPLIER & WORD
        word = (word ^ word >> 24) * MULTIPLIER & WORD
        value = value * MULTIPLIER & WORD ^ word
    if tail := data[whole:]:
        value = (value ^ int.from_bytes(tail, "little")) * MULTIPLIER & WORD
    value = (value ^ value >> 13) * MULTIPLIER & WORD
    return value ^ value >> 15
