"""Making a list of terms the glossary: what that changes, and the records that do it, all at once or not at all."""

import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from runtime.errors import Unavailable
from runtime.glossary_feed import GlossaryFeed
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.transaction import Output, TransactionalWriter
from runtime.record import Headers
from runtime.settings import KafkaSettings
from schemas.codec import encode
from schemas.events import GlossaryPush, GlossaryTerm
from schemas.glossary.table import BEGUN_KEY, ENDED_KEY, PUSH_HEADER, Glossary
from schemas.topics import GLOSSARY

NAME = "glossary-push"
ID_BYTES = 8
TIMEOUT_MS = 300_000
"""A hundred thousand terms take 20 s on a busy machine."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Terms, by what a push does to them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


def changes_between(old: Iterable[GlossaryTerm], new: Iterable[GlossaryTerm]) -> Changes:
    """What becomes of each term when `new` replaces `old`, each part in order; counts of corrections are no change."""
    had = {term.term: replace(term, corrected=0) for term in old}
    wanted = {term.term: replace(term, corrected=0) for term in new}
    return Changes(
        added=tuple(sorted(wanted.keys() - had.keys())),
        changed=tuple(sorted(name for name in wanted.keys() & had.keys() if wanted[name] != had[name])),
        removed=tuple(sorted(had.keys() - wanted.keys())),
        unchanged=tuple(sorted(name for name in wanted.keys() & had.keys() if wanted[name] == had[name])),
    )


def push(kafka: KafkaSettings, glossary: Glossary) -> Changes:
    """Puts `glossary` in force instead of the one before it, and returns what that changes.

    Of two at once the later wins, and the earlier raises Fenced. Raises Unavailable where it could not be ended: then
    the glossary before it stays in force.
    """
    with TransactionalWriter(
        kafka, f"{kafka.group_prefix}.{NAME}", TIMEOUT_MS
    ) as transaction:  # ends what another has left open
        with GlossaryFeed(kafka) as feed:
            before, keys = feed.catch_up(), feed.keys
        mark = GlossaryPush(secrets.token_hex(ID_BYTES), len(glossary.terms), glossary.version, time.time_ns() // 1000)
        with Writer(kafka, WriterOptions(name=NAME)) as writer:  # outside the transaction: seen even if that dies
            writer.send(GLOSSARY.name, BEGUN_KEY, encode(mark))
        if not transaction.publish(list(records_of(glossary, mark, keys)), {}):
            raise Unavailable("the push was ended by the broker; the glossary before it stays in force: push again")
    return changes_between(before.terms, glossary.terms)


def records_of(glossary: Glossary, mark: GlossaryPush, keys: Iterable[bytes]) -> Iterator[Output]:
    """Every term under the push's header, a tombstone for each key on the topic that is none of theirs, and the end."""
    header: Headers = ((PUSH_HEADER, mark.push_id.encode()),)
    wanted = {term.term.encode(): term for term in glossary.terms}
    for key, term in wanted.items():
        yield Output(GLOSSARY.name, key, encode(term), header)
    for key in sorted(set(keys) - wanted.keys()):
        yield Output(GLOSSARY.name, key, None, header)
    yield Output(GLOSSARY.name, ENDED_KEY, encode(mark), header)
