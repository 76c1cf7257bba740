"""One storm on a topic, or on the sixteen of the audio: bad messages, good ones between them, what came of it."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from bench.fuzz.hostile import Message, Target, hostile_messages
from bench.fuzz.letters import Letterbox, Place
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings

STANDSTILL_S = 180.0
COLLECT_S = 0.5
SETTLE_S = 2.0


@dataclass(frozen=True, slots=True)
class Good:
    """A good record."""

    key: bytes | None
    value: bytes


@dataclass(frozen=True, slots=True)
class Aim:
    """A topic with what is to be sent to it, in order."""

    target: Target
    good: Sequence[Good]


Arrived = Callable[[], tuple[int, int]]
"""How many good ones there must be at the far end, and how many there are."""


@dataclass(slots=True)
class Outcome:
    """What a storm led to."""

    name: str
    bad: int = 0
    good: int = 0
    letters: int = 0
    missing: list[tuple[str, Place]] = field(default_factory=list)
    """Bad messages without a letter: their kind and place."""
    doubled: list[tuple[str, Place]] = field(default_factory=list)
    undue: list[Place] = field(default_factory=list)
    """Letters of messages that were good."""
    unexplained: int = 0
    cut: int = 0
    wanted: int = 0
    arrived: int = 0
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        found = [f"{len(self.missing)} bad messages have no letter, such as {self.missing[:3]}"] if self.missing else []
        found += [f"{len(self.doubled)} have several, such as {self.doubled[:3]}"] if self.doubled else []
        found += [f"{len(self.undue)} good ones have a letter, such as {self.undue[:3]}"] if self.undue else []
        found += [f"{self.unexplained} letters do not say why"] if self.unexplained else []
        found += [f"{self.arrived} of {self.wanted} good ones arrived"] if self.arrived != self.wanted else []
        return [f"{self.name}: {fault}" for fault in found]


class Storm:
    """Sends, waits and compares. The topics must have no other writer meanwhile: offsets are counted."""

    def __init__(self, kafka: KafkaSettings, name: str, aims: Sequence[Aim]) -> None:
        self._kafka = kafka
        self._aims = aims
        self._admin = Admin(kafka)
        self._kinds: dict[Place, str] = {}
        self._good: set[Place] = set()
        self.outcome = Outcome(name)

    def rage(self, seed: int, count: int, arrived: Arrived) -> Outcome:
        """Sends `count` bad messages to each topic and returns when all has come of it that will."""
        began = time.monotonic()
        letterbox = Letterbox(self._kafka)
        try:
            self._send(seed, count)
            self._wait(letterbox, arrived)
        finally:
            letterbox.close()
        self._compare(letterbox, arrived)
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def send_only(self, seed: int, count: int) -> Outcome:
        """Sends, for a topic that no stage reads."""
        began = time.monotonic()
        self._send(seed, count)
        self.outcome.bad = len(self._kinds)
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def places(self) -> dict[str, Place]:
        """Where one message of each kind lies."""
        return {kind: place for place, kind in self._kinds.items()}

    def _send(self, seed: int, count: int) -> None:
        topics = [aim.target.topic.name for aim in self._aims]
        before = self._ends(topics)
        sent = Counter[str]()
        plans = [_interleaved(hostile_messages(seed, aim.target, count), count, aim.good) for aim in self._aims]
        with Writer(self._kafka, WriterOptions("fuzz", buffer_bytes=64 * 1024 * 1024)) as writer:
            for messages in zip_longest(*plans):
                for topic, message in zip(topics, messages, strict=True):
                    if message is None:
                        continue
                    writer.send(topic, message.key, message.value)
                    place = (topic, before[topic] + sent[topic])
                    sent[topic] += 1
                    if isinstance(message, Message):
                        self._kinds[place] = message.kind
                    else:
                        self._good.add(place)
        after = self._ends(topics)
        if any(after[topic] - before[topic] != sent[topic] for topic in topics):
            raise SystemExit(f"{self.outcome.name}: somebody else writes there as well")

    def _ends(self, topics: Sequence[str]) -> dict[str, int]:
        return {topic: high for (topic, _), (_, high) in self._admin.watermarks(topics).items()}

    def _wait(self, letterbox: Letterbox, arrived: Arrived) -> None:
        moved_at, before = time.monotonic(), (-1, -1)
        while True:
            letterbox.collect(COLLECT_S)
            wanted, there = arrived()
            now = (letterbox.seen.total(), there)
            if now[0] >= len(self._kinds) and there >= wanted:
                letterbox.collect(SETTLE_S)  # what is too much may still come
                return
            if now != before:
                moved_at, before = time.monotonic(), now
            elif time.monotonic() - moved_at > STANDSTILL_S:
                return

    def _compare(self, letterbox: Letterbox, arrived: Arrived) -> None:
        outcome, seen = self.outcome, letterbox.seen
        outcome.bad, outcome.good = len(self._kinds), len(self._good)
        outcome.letters, outcome.cut, outcome.unexplained = seen.total(), letterbox.cut, letterbox.unexplained
        outcome.missing = [(kind, place) for place, kind in self._kinds.items() if not seen[place]]
        outcome.doubled = [(kind, place) for place, kind in self._kinds.items() if seen[place] > 1]
        outcome.undue = [place for place in seen if place not in self._kinds and seen[place]]
        outcome.wanted, outcome.arrived = arrived()


def awaited(arrived: Arrived) -> tuple[int, int]:
    """What there must be and what there is, once all is there or nothing has come for `STANDSTILL_S`."""
    moved_at, before = time.monotonic(), -1
    while True:
        wanted, there = arrived()
        if there >= wanted or time.monotonic() - moved_at > STANDSTILL_S:
            return wanted, there
        if there != before:
            moved_at, before = time.monotonic(), there
        time.sleep(COLLECT_S)


def _interleaved(bad: Iterator[Message], count: int, good: Sequence[Good]) -> Iterator[Message | Good]:
    """All of both, the good spread evenly."""
    done = 0
    for number, message in enumerate(bad):
        yield message
        due = (number + 1) * len(good) // count
        while done < due:
            yield good[done]
            done += 1
