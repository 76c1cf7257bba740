"""The entries of a glossary, and everything that may be wrong with them. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from processors.glossary.languages import LANGUAGES, OFTEN_MEANT
from processors.glossary.tokens import key_of
from schemas.events import GlossaryTerm

MAX_CHARACTERS = 200
_PRIORITY = re.compile(r"|-?(?:[0-9]{1,3}|1000)", re.ASCII)

Fault = tuple[int, str]
"""A line, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Text:
    """A value and its line."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is written."""

    term: Text
    aliases: tuple[Text, ...] = ()
    language: Text | None = None
    category: Text | None = None
    priority: Text | None = None

    @property
    def language_code(self) -> str:
        """The language, empty for every one."""
        return self.language.value if self.language is not None else ""

    def as_term(self) -> GlossaryTerm:
        """The event that carries it, of an entry without a fault."""
        aliases = tuple(alias.value for alias in self.aliases)
        category = self.category.value if self.category is not None else ""
        priority = int(self.priority.value) if self.priority is not None and self.priority.value else 0
        return GlossaryTerm(self.term.value, aliases, self.language_code, category, priority)


@dataclass(frozen=True, slots=True)
class _Claim:
    """An entry's use of a spelling."""

    entry: Entry
    text: Text
    is_term: bool

    def meets(self, other: "_Claim") -> bool:
        """Whether some text could mean both."""
        mine, theirs = self.entry.language_code, other.entry.language_code
        return not mine or not theirs or mine == theirs

    def __str__(self) -> str:
        what = "the term" if self.is_term else f"an alias of {self.entry.term.value}"
        return f"{what} in line {self.text.line}"


def faults_of(entries: Sequence[Entry]) -> list[Fault]:
    """Every fault in and between the entries."""
    faults = [fault for entry in entries for fault in _faults_in(entry)]
    first_with: dict[str, Entry] = {}
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for entry in entries:
        if not entry.term.value:
            continue
        known = first_with.setdefault(entry.term.value, entry)
        if known is not entry:
            faults.append((entry.term.line, f"term {entry.term.value} is already in line {known.term.line}"))
            continue
        faults += _taken(_Claim(entry, entry.term, True), claims)
        for alias in entry.aliases:
            faults += _taken(_Claim(entry, alias, False), claims)
    return faults


def _taken(claim: _Claim, claims: dict[str, list[_Claim]]) -> Iterator[Fault]:
    key = key_of(claim.text.value)
    if not key:
        return
    for other in claims[key]:
        if other.entry is claim.entry:
            if not other.is_term or other.text.value == claim.text.value:
                yield claim.text.line, f"alias {claim.text.value} is given twice for {claim.entry.term.value}"
                return
        elif other.meets(claim):
            kind = "term" if claim.is_term else "alias"
            yield claim.text.line, f"{kind} {claim.text.value} is already {other}"
            return
    claims[key].append(claim)


def _faults_in(entry: Entry) -> Iterator[Fault]:
    yield from _faults_in_text(entry.term, "term")
    for alias in entry.aliases:
        yield from _faults_in_text(alias, "alias")
    if entry.language is not None and entry.language.value not in LANGUAGES | {""}:
        meant = OFTEN_MEANT.get(entry.language.value.lower())
        hint = f" (did you mean {meant}?)" if meant else ""
        yield (
            entry.language.line,
            f"unknown language {entry.language.value}{hint}: give an ISO 639-1 code such as ko or en",
        )
    if entry.priority is not None and not _PRIORITY.fullmatch(entry.priority.value):
        yield entry.priority.line, f"priority {entry.priority.value} is no whole number from -1000 to 1000"


def _faults_in_text(text: Text, kind: str) -> Iterator[Fault]:
    if not text.value:
        yield text.line, f"empty {kind}"
    elif not text.value.isprintable():
        yield text.line, f"{kind} {text.value!r} holds a line break or another character that cannot be seen"
    elif len(text.value) > MAX_CHARACTERS:
        yield text.line, f"{kind} of {len(text.value)} characters; {MAX_CHARACTERS} is the most"
    elif not key_of(text.value):
        yield text.line, f"{kind} {text.value} has no letter or digit"
