"""What of the glossary's topic is in force: the terms of the newest push that has ended, whole.

A push writes all of its terms anew, each under a header that names the push, and last a mark that says how many they
are; it does so in one Kafka transaction, so that a push which was killed leaves nothing that a reader or compaction
sees. A reader still gets a long push in pieces: it goes by the mark, never by a pause. A topic without any mark was
written by an older release: there the terms are taken as they stand whenever nothing more comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.admission import admit_push, admit_term
from schemas.events import GlossaryPush, GlossaryTerm
from schemas.glossary.composition import composed_term
from schemas.glossary.version import version_of
from schemas.topics import GLOSSARY

PUSH_HEADER = "push"
BEGUN_KEY = b"\x00push begun"
ENDED_KEY = b"\x00push ended"
"""Not printable, so no term's."""
MARKS = (BEGUN_KEY, ENDED_KEY)
UNMARKED = b""


@dataclass(frozen=True, slots=True)
class Glossary:
    """A set of terms and its name."""

    terms: tuple[GlossaryTerm, ...] = ()
    """In order of their spelling."""
    version: str = ""
    """Equal terms, equal version; empty without any."""


@dataclass(frozen=True, slots=True)
class Oddities:
    """What lies on the topic and is not in force."""

    unfinished: GlossaryPush | None = None
    """The push that has begun last, where it has not ended."""
    unmarked: int = 0
    """Terms that belong to no push that has ended."""
    missing: int = 0
    """Terms of the newest ended push that were written over or deleted since by something else."""


NO_GLOSSARY = Glossary()


def glossary_of(terms: Iterable[GlossaryTerm]) -> Glossary:
    """The glossary that these terms make, whatever their order."""
    ordered = tuple(sorted(map(composed_term, terms), key=lambda term: (term.term, term.language)))
    return Glossary(ordered, version_of(ordered))


class GlossaryTable:
    """The compacted topic as it was read so far, and the glossary that follows from it."""

    def __init__(self) -> None:
        self.glossary = NO_GLOSSARY
        """What is in force."""
        self._terms: dict[bytes, tuple[GlossaryTerm, bytes]] = {}
        self._begun: GlossaryPush | None = None
        self._ended: GlossaryPush | None = None
        self._has_news = False

    def take(self, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> None:
        """Takes a record over. Raises BadRecord for what is neither term nor mark."""
        name = key or b""
        if name in MARKS:
            self._take_mark(name, value)
        elif value is None:
            self._has_news = self._terms.pop(name, None) is not None or self._has_news
        else:
            self._terms[name] = (admit_term(key, value, GLOSSARY.name), dict(headers).get(PUSH_HEADER, UNMARKED))
            self._has_news = True

    def settle(self, *, at_end: bool) -> bool:
        """Puts in force what is whole by now; returns whether that changed the glossary.

        `at_end` says that nothing more lies on the topic, as far as is known.
        """
        if not self._has_news or (self._ended is None and not at_end):
            return False
        marked = self._marked()
        if self._ended is not None and len(marked) < self._ended.terms:
            return False
        self._has_news = False
        return self._put_in_force(marked)

    def settle_for_remains(self) -> bool:
        """Puts in force what is left of the newest ended push, for a reader that has nothing better.

        Its end proves that it was whole once; compaction keeps only the newest record of a key, so where something
        else has written over some of it, the rest is what there is.
        """
        return self._put_in_force(self._marked())

    def oddities(self) -> Oddities:
        """What is not in force. A push of which something has come is on its way: what it changes is nothing odd."""
        if self._ended is None:
            return Oddities(self._begun)
        unfinished = self._begun if self._begun and self._begun.push_id != self._ended.push_id else None
        if unfinished and self._has_come(unfinished):
            return Oddities(unfinished)
        marked = len(self._marked())
        return Oddities(unfinished, len(self._terms) - marked, max(0, self._ended.terms - marked))

    def keys(self) -> frozenset[bytes]:
        """The key of every term on the topic, in force or not."""
        return frozenset(self._terms)

    def _take_mark(self, name: bytes, value: bytes | None) -> None:
        push = admit_push(value, GLOSSARY.name) if value is not None else None
        if name == BEGUN_KEY:
            self._begun = push
        else:
            self._ended = push
            self._has_news = True

    def _has_come(self, push: GlossaryPush) -> bool:
        """Whether some of a push's transaction was read, which proves that all of it is there to be read."""
        return not push.terms or any(name == push.push_id.encode() for _, name in self._terms.values())

    def _marked(self) -> list[GlossaryTerm]:
        wanted = UNMARKED if self._ended is None else self._ended.push_id.encode()
        return [term for term, push in self._terms.values() if push == wanted]

    def _put_in_force(self, terms: Iterable[GlossaryTerm]) -> bool:
        newer = glossary_of(terms)
        is_other = newer != self.glossary
        self.glossary = newer
        return is_other


def check_record(key: bytes | None, value: bytes) -> None:
    """Raises BadRecord for what is neither a term nor a mark of a push."""
    if key in MARKS:
        admit_push(value, GLOSSARY.name)
    else:
        admit_term(key, value, GLOSSARY.name)
