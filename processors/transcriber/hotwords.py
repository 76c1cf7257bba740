"""The glossary's terms as a prompt: those of most worth that fit, each once.

A list is never repeated to fill a length: the model takes what it is told again and again for what was said. Prompts
of several lengths may lie in one batch of windows; the engine searches those of one length together, because
CTranslate2 refuses a batch whose `<|startoftranscript|>` tokens stand at different places.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from schemas.events import GlossaryTerm
from schemas.glossary.table import Glossary

ANY_LANGUAGE = ""

Encode = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Hotwords:
    """What the model may be told to listen for."""

    version: str = ""
    """The glossary's; empty without any terms."""
    terms: tuple[GlossaryTerm, ...] = ()
    """The best first."""

    def of_language(self, language: str) -> tuple[str, ...]:
        """The terms of one language, and those of every language."""
        return tuple(term.term for term in self.terms if term.language in (language, ANY_LANGUAGE))


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is told before windows of one language."""

    tokens: tuple[int, ...] = ()
    terms: tuple[str, ...] = ()
    """The terms in them, as they are written."""
    left_out: int = 0
    """Terms for which there was no room."""


NO_HOTWORDS = Hotwords()


def hotwords_of(glossary: Glossary) -> Hotwords:
    """The hotwords that a glossary makes; their order follows from its terms alone."""
    return Hotwords(glossary.version, tuple(sorted(glossary.terms, key=_worth)))


def prompt_of(terms: Iterable[str], encode: Encode, most_tokens: int) -> Prompt:
    """The first of the terms that fit into `most_tokens`; a long one that does not lets shorter ones follow."""
    tokens: list[int] = []
    told: list[str] = []
    left_out = 0
    for term in terms:
        more = encode(f" {term},") if len(tokens) < most_tokens else ()
        if more and len(tokens) + len(more) <= most_tokens:
            tokens += more
            told.append(term)
        else:
            left_out += 1
    return Prompt(tuple(tokens), tuple(told), left_out)


def _worth(term: GlossaryTerm) -> tuple[int, int, int, str, str]:
    """What its author says of it, then how often it was misheard of late, then in how many ways it is known to be."""
    return (-term.priority, -term.corrected, -len(term.aliases), term.term, term.language)
