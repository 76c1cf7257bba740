"""Making a list of terms the glossary: what that changes, and the records that do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runtime.kafka import Writer
from schemas.codec import encode
from schemas.events import GlossaryTerm
from schemas.topics import GLOSSARY

FLUSH_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Changes:
    """Terms, by what a push does to them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


def changes_between(old: Mapping[str, GlossaryTerm], new: Sequence[GlossaryTerm]) -> Changes:
    """What becomes of each term when `new` replaces `old`, each part in order."""
    wanted = {term.term: term for term in new}
    return Changes(
        added=tuple(sorted(wanted.keys() - old.keys())),
        changed=tuple(sorted(name for name in wanted.keys() & old.keys() if wanted[name] != old[name])),
        removed=tuple(sorted(old.keys() - wanted.keys())),
        unchanged=tuple(sorted(name for name in wanted.keys() & old.keys() if wanted[name] == old[name])),
    )


def push(writer: Writer, terms: Sequence[GlossaryTerm], changes: Changes) -> None:
    """Writes every term, and a tombstone for each that is gone. Raises Unavailable."""
    for term in terms:
        writer.send(GLOSSARY.name, term.term.encode(), encode(term))
    for name in changes.removed:
        writer.send(GLOSSARY.name, name.encode(), None)
    writer.flush(FLUSH_TIMEOUT_S)
