"""Terms and aliases by their spelling: the longest that begins at a token, in one look-up per length."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from processors.glossary.endings import splits_of
from processors.glossary.tokens import Token, key_of
from schemas.events import GlossaryTerm


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which a term is written in the glossary: itself, or an alias."""

    phrase: str
    key: str
    """Its tokens in normal form, joined by spaces."""
    term: GlossaryTerm

    @property
    def is_term(self) -> bool:
        """Whether this is the term itself."""
        return self.phrase == self.term.term

    def serves(self, language: str) -> bool:
        """Whether the term is meant for text of this language; unknown languages are served by all."""
        return not self.term.language or not language or self.term.language == language


@dataclass(frozen=True, slots=True)
class Found:
    """A spelling in a text: its first and last token, and the ending that hangs on the last."""

    spelling: Spelling
    first: int
    last: int
    ending: str


class Lexicon:
    """An index of spellings; looking one up costs the same in a glossary of ten terms or 100,000."""

    def __init__(self, spellings: Iterable[Spelling]) -> None:
        self._by_key: dict[str, list[Spelling]] = defaultdict(list)
        lengths: dict[str, set[int]] = defaultdict(set)
        for spelling in spellings:
            self._by_key[spelling.key].append(spelling)
            first, *rest = spelling.key.split(" ")
            if rest:
                lengths[first].add(1 + len(rest))
        for same in self._by_key.values():
            same.sort(key=lambda spelling: (not spelling.is_term, not spelling.term.language, spelling.term.term))
        self._lengths = {first: sorted(several, reverse=True) for first, several in lengths.items()}

    def find(self, tokens: Sequence[Token], at: int, language: str) -> Found | None:
        """The longest spelling that begins at token `at`: most tokens first, then the longest stem."""
        for length in (*self._lengths.get(tokens[at].normal, ()), 1):
            if at + length > len(tokens) or not all(token.joined for token in tokens[at + 1 : at + length]):
                continue
            before = "".join(token.normal + " " for token in tokens[at : at + length - 1])
            for stem, ending in splits_of(tokens[at + length - 1], alone=length == 1):
                spelling = self._get(before + stem, language)
                if spelling is not None:
                    return Found(spelling, at, at + length - 1, ending)
        return None

    def _get(self, key: str, language: str) -> Spelling | None:
        for spelling in self._by_key.get(key, ()):
            if spelling.serves(language):
                return spelling
        return None


def spellings_of(terms: Iterable[GlossaryTerm]) -> list[Spelling]:
    """Every term and alias, in an order that does not depend on that of the terms."""
    spellings = []
    for term in sorted(terms, key=lambda term: (term.term, term.language)):
        for phrase in dict.fromkeys((term.term, *sorted(term.aliases))):
            key = key_of(phrase)
            if key:
                spellings.append(Spelling(phrase, key, term))
    return spellings
