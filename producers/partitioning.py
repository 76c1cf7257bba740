"""Which partition Kafka's own hash gives a key, so that a stream's end can be looked up without reading the rest."""

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
WORD = 0xFFFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Java's default partitioner and librdkafka's `murmur2_random` choose for `key`."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


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
