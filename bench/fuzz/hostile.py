"""Bad messages for a topic, made from a seed. Pure: equal seeds give equal messages.

Each knows of what kind it is. All are bad: bytes that are no event of their topic, or an event that no stage makes.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

from bench.fuzz.wrong_values import wrong_values
from schemas.codec import HEADER, SUBJECTS, decode, encode, subject_of
from schemas.errors import BadRecord
from schemas.events import Event
from schemas.topics import Topic

HUGE_BYTES = 1_900_000
"""Below what a topic takes: `max.message.bytes` is 2,000,000."""
KEY_BYTES = 40_000
VALUE_WEIGHT = 10
HUGE_WEIGHT = 0.05
MARK = "QQQQQQQQ"
NO_TEXTS = (b"\xed\xa0\x80\xed\xb0\x80xx", b"\xff\xfe\xff\xfe\xff\xfe\xff\xfe", b"\xc0\xaf\xc0\xaf..\xc0\xaf")


@dataclass(frozen=True, slots=True)
class Message:
    """A record that is no good."""

    kind: str
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Target:
    """The topic that is aimed at, and what a fair copy on it looks like."""

    topic: Topic
    fair: Event
    others: tuple[Event, ...]
    """Events of other topics."""


Make = Callable[[Random, Target], bytes | None]


def hostile_messages(seed: int, target: Target, count: int) -> Iterator[Message]:
    """`count` bad messages; the first ones are one of each kind."""
    random = Random(f"{seed}/{target.topic.name}")
    kinds = kinds_of(target)
    names = list(kinds)
    weights = [kinds[name][0] for name in names]
    order = [*names, *random.choices(names, weights, k=max(0, count - len(names)))]
    for number, kind in enumerate(order[:count]):
        value = kinds[kind][1](random, target)
        yield Message(kind, _key(random, kind, number, target), value)


def kinds_of(target: Target) -> Mapping[str, tuple[float, Make]]:
    """Every kind of message that can be made for this topic, with its weight."""
    kinds: dict[str, tuple[float, Make]] = {**RAW}
    if target.topic.compacted:
        del kinds["no value"]  # there it means that a term is gone
        kinds["wrong key"] = (1, lambda random, target: encode(target.fair))
    for name, changes in wrong_values(target.topic, target.fair).items():
        value = encode(replace(target.fair, **changes))
        kinds[f"value: {name}"] = (HUGE_WEIGHT if len(value) > KEY_BYTES else 1, _always(value))
    return kinds


def _key(random: Random, kind: str, number: int, target: Target) -> bytes | None:
    """No two alike on a compacted topic, which also takes none without a key."""
    if target.topic.compacted:
        return f"fuzz {number}".encode()
    if kind == "no key":
        return None
    if kind == "huge key":
        return random.randbytes(KEY_BYTES)
    return random.choice((b"fuzz", b"fuzz/C01", b"\xff\x00", b"../../etc", "%s'; --\u202e".encode(), None))


def _always(value: bytes) -> Make:
    return lambda random, target: value


def _surely_bad(make: Make) -> Make:
    """Until it does not decode: a few random bytes may be an event by chance."""

    def sure(random: Random, target: Target) -> bytes | None:
        while True:
            value = make(random, target)
            try:
                decode(type(target.fair), value)
            except BadRecord:
                return value

    return sure


def _header(target: Target) -> bytes:
    return encode(target.fair)[: HEADER.size]


def _truncated(random: Random, target: Target) -> bytes:
    whole = encode(target.fair)
    return whole[: random.randrange(1, len(whole))]


def _flipped_header(random: Random, target: Target) -> bytes:
    whole = bytearray(encode(target.fair))
    whole[random.randrange(HEADER.size)] ^= 1 << random.randrange(8)
    return bytes(whole)


def _unknown_id(random: Random, target: Target) -> bytes:
    known = subject_of(SUBJECTS[type(target.fair)]).by_id
    schema_id = next(number for number in iter(lambda: random.randrange(2**32), None) if number not in known)
    return HEADER.pack(0, schema_id) + encode(target.fair)[HEADER.size :]


def _not_utf8(random: Random, target: Target) -> bytes:
    """Text with bytes that no UTF-8 has, lone surrogates among them, in the first field."""
    changes: dict[str, Any] = {next(iter(target.fair.__dataclass_fields__)): MARK}
    value = encode(replace(target.fair, **changes))
    return value.replace(MARK.encode(), random.choice(NO_TEXTS), 1)


def _as_json(random: Random, target: Target) -> bytes:
    return _header(target) + json.dumps(asdict(target.fair), default=str).encode()


def _countless(random: Random, target: Target) -> bytes:
    """Claims a length or a number of items that no memory holds."""
    claim = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    body = encode(target.fair)[HEADER.size :]
    at = random.randrange(len(body))
    return _header(target) + body[:at] + claim + body[at : at + 40]


RAW: Mapping[str, tuple[float, Make]] = {
    "random bytes": (VALUE_WEIGHT, _surely_bad(lambda random, target: random.randbytes(random.randrange(2000)))),
    "random body": (
        VALUE_WEIGHT,
        _surely_bad(lambda random, target: _header(target) + random.randbytes(random.randrange(2000))),
    ),
    "truncated": (VALUE_WEIGHT, _surely_bad(_truncated)),
    "bytes left over": (
        2,
        _surely_bad(lambda random, target: encode(target.fair) + random.randbytes(random.randrange(1, 50))),
    ),
    "flipped header": (2, _surely_bad(_flipped_header)),
    "unknown id": (2, _unknown_id),
    "another event": (2, lambda random, target: encode(random.choice(target.others))),
    "another event under this id": (
        2,
        _surely_bad(lambda random, target: _header(target) + encode(random.choice(target.others))[HEADER.size :]),
    ),
    "not UTF-8": (2, _surely_bad(_not_utf8)),
    "JSON": (2, _surely_bad(_as_json)),
    "countless": (2, _surely_bad(_countless)),
    "empty": (1, lambda random, target: b""),
    "no value": (1, lambda random, target: None),
    "no key": (1, _surely_bad(_truncated)),
    "huge key": (HUGE_WEIGHT, _surely_bad(_truncated)),
    "huge": (HUGE_WEIGHT, _surely_bad(lambda random, target: random.randbytes(64) * (HUGE_BYTES // 64))),
    "huge body": (
        HUGE_WEIGHT,
        _surely_bad(lambda random, target: _header(target) + random.randbytes(64) * (HUGE_BYTES // 64)),
    ),
}
