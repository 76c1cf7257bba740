"""The name of a set of terms."""

import hashlib
from collections.abc import Iterable

from schemas.events import GlossaryTerm

DIGITS = 12


def version_of(terms: Iterable[GlossaryTerm]) -> str:
    """Twelve hex digits that change with any term, in whatever order they come; empty without terms."""
    digest = hashlib.sha256()
    lines = sorted(map(_line_of, terms))
    if not lines:
        return ""
    for line in lines:
        digest.update(line.encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()[:DIGITS]


def _line_of(term: GlossaryTerm) -> str:
    """A priority of 0 is left out: a glossary that uses none keeps the version that it had before there were any."""
    fields = (term.term, tuple(sorted(term.aliases)), term.language, term.category)
    return repr((*fields, term.priority) if term.priority else fields)
