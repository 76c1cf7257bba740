"""Groups and topics of the broker, in text."""

from collections.abc import Iterable, Mapping
from contextlib import closing

from runtime.kafka.admin import Admin
from runtime.kafka.connection import TopicPartition
from runtime.kafka.groups import Groups
from runtime.kafka.offsets import GroupOffsets
from runtime.kafka.retention import COMPACTED, retention_ms_of
from runtime.settings import KafkaSettings
from schemas.topics import ALL, FOREVER_MS

UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"))


def group_lines(kafka: KafkaSettings) -> list[str]:
    """Each group with its state and members, and a line for each topic of which it has committed something."""
    existing = existing_topics(kafka)
    lines: list[str] = []
    for group in Groups(kafka).of(f"{kafka.group_prefix}."):
        lines.append(f"{group.name}  {group.state}  {', '.join(group.members) or 'nobody in it'}")
        lines += _topic_lines(group.name, kafka, existing) or ["  nothing committed"]
    return lines


def topic_rows(kafka: KafkaSettings) -> list[tuple[str, ...]]:
    """Topic, partitions, first offset, next offset, records kept at most, retention; sums over partitions."""
    partitions = {name: number for name, number in Admin(kafka).partitions().items() if name in _names()}
    retention = retention_ms_of(kafka, partitions)
    kept = _kept(kafka, partitions)
    return [
        (name, str(partitions[name]), *_span(kept, name), duration(retention[name]))
        if name in partitions
        else (name, "missing: the next stage that starts makes it")
        for name in _names()
    ]


def existing_topics(kafka: KafkaSettings) -> list[str]:
    """Our topics that the broker has."""
    found = Admin(kafka).partitions()
    return [name for name in _names() if name in found]


def duration(retention_ms: int) -> str:
    """A retention in words."""
    if retention_ms == COMPACTED:
        return "newest of each key"
    if retention_ms == FOREVER_MS:
        return "for good"
    size, unit = next((size, unit) for size, unit in UNITS if retention_ms % size == 0)
    return f"{retention_ms // size} {unit}"


def _names() -> list[str]:
    return [topic.name for topic in ALL]


def _topic_lines(group: str, kafka: KafkaSettings, topics: Iterable[str]) -> list[str]:
    """Sums over partitions."""
    with closing(GroupOffsets(kafka, group)) as offsets:
        committed = offsets.committed(topics)
        ends = offsets.ends({topic for topic, _ in committed})
    lines = []
    for topic in sorted({topic for topic, _ in committed}):
        places = [place for place in committed if place[0] == topic]
        done, end = (sum(found[place] for place in places) for found in (committed, ends))
        waiting = sum(max(0, ends[place] - committed[place]) for place in places)
        lines.append(f"  {topic}  committed {done} of {end}, {waiting} waiting")
    return lines


def _kept(kafka: KafkaSettings, partitions: Mapping[str, int]) -> dict[TopicPartition, tuple[int, int]]:
    """First and next offset of every partition there is, however many the settings say."""
    kept: dict[TopicPartition, tuple[int, int]] = {}
    for number in set(partitions.values()):
        names = [name for name, count in partitions.items() if count == number]
        kept |= Admin(kafka.model_copy(update={"partitions": number})).watermarks(names)
    return kept


def _span(kept: Mapping[TopicPartition, tuple[int, int]], name: str) -> tuple[str, str, str]:
    spans = [span for (topic, _), span in kept.items() if topic == name]
    first, end = sum(low for low, _ in spans), sum(high for _, high in spans)
    return str(first), str(end), str(end - first)
