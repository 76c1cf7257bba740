"""The glossary's terms as a prompt, cut and filled to one length.

CTranslate2 refuses a batch whose `<|startoftranscript|>` tokens stand at different places, and windows of several
languages share a batch: so the terms of every language are given the same number of tokens.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from schemas.events import GlossaryTerm
from schemas.glossary.table import Glossary

ANY_LANGUAGE = ""

Encode = Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class Hotwords:
    """What the model is told to listen for."""

    version: str = ""
    """The glossary's; empty without any terms."""
    terms: tuple[GlossaryTerm, ...] = ()
    """In order of their spelling."""

    def of_language(self, language: str) -> tuple[str, ...]:
        """The terms of one language, and those of every language."""
        return tuple(term.term for term in self.terms if term.language in (language, ANY_LANGUAGE))


NO_HOTWORDS = Hotwords()


def hotwords_of(glossary: Glossary) -> Hotwords:
    """The hotwords that a glossary makes."""
    return Hotwords(glossary.version, glossary.terms)


def prompt_tokens(hotwords: Hotwords, encode: Encode, most_tokens: int) -> Mapping[str, list[int]]:
    """The tokens of each language's terms, all of one length; `""` is for languages without terms of their own.

    A list that is too long loses its last terms, one that is too short is repeated and cut at its left, as Whisper
    cuts earlier text. A language with no term at all gets no tokens.
    """
    languages = {term.language for term in hotwords.terms} | {ANY_LANGUAGE}
    lists = {language: _whole_terms(hotwords.of_language(language), encode, most_tokens) for language in languages}
    length = max(map(len, lists.values()), default=0)
    return {language: _filled(tokens, length) for language, tokens in lists.items()}


def _whole_terms(terms: Iterable[str], encode: Encode, most_tokens: int) -> list[int]:
    tokens: list[int] = []
    for term in terms:
        more = encode(f" {term},")
        if len(tokens) + len(more) > most_tokens:
            break
        tokens += more
    return tokens


def _filled(tokens: list[int], length: int) -> list[int]:
    if not tokens:
        return []
    repeats = -(-length // len(tokens))
    return (tokens * repeats)[len(tokens) * repeats - length :]
