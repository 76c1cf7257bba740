"""Puts heard text right by the glossary and accounts for each change.

Precision comes first: what is already a term stays, exact spellings go before sounds, the longest before the shorter,
and whatever is doubtful (short, inflected, equally near to two terms) is left as it was heard.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from processors.glossary.candidates import Candidate, Hearing, Rule, Span, candidates_in, without_overlaps
from processors.glossary.lexicon import Found, Lexicon, spellings_of
from processors.glossary.rewriting import Place, is_written_well, rewritten
from processors.glossary.soundalikes import Soundalikes
from processors.glossary.tokens import Token, tokens_of
from processors.glossary.words.vocabulary import Vocabulary
from runtime.libraries import libraries_of
from schemas.events import Correction, GlossaryTerm
from schemas.glossary.table import glossary_of

EXACT_SCORE = 100.0
NEAR_MISS_MARGIN = 15.0
CORRECTION_LIBRARIES = ("rapidfuzz", "wordfreq", "python-mecab-ko-dic")


@dataclass(frozen=True, slots=True)
class Corrected:
    """A text after correction, and the changes in order of their place in the text before it."""

    text: str
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Something that might have been changed, and why it was not."""

    heard: str
    term: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A correction with its near misses."""

    corrected: Corrected
    near_misses: tuple[NearMiss, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """A text as it came from the model."""

    text: str
    language: str
    sure: Sequence[Span] = ()


class Corrector:
    """The glossary as a pure function of text: the same text always gets the same corrections."""

    def __init__(self, terms: Iterable[GlossaryTerm], fuzzy_threshold: float, vocabulary: Vocabulary) -> None:
        glossary = glossary_of(terms)
        spellings = spellings_of(glossary.terms)
        self.version = glossary.version
        self.libraries = libraries_of(*CORRECTION_LIBRARIES)
        """Versions of what a correction depends on besides text and glossary."""
        self._rule = Rule(fuzzy_threshold, vocabulary)
        self._lexicon = Lexicon(spellings)
        self._soundalikes = Soundalikes(spellings)

    def correct(self, text: str, language: str, sure: Sequence[Span] = ()) -> Corrected:
        """The text with every certain change made. `language` is ISO 639-1, or empty where it is not known.

        `sure` says where words stand that the model was sure of. Correcting the result again changes nothing: where
        one change would set off another, the text stays as heard.
        """
        corrections, _ = self._draft(Heard(text, language, sure), self._rule.least)
        changed = apply(text, corrections)
        if not corrections or self._draft(Heard(changed, language, moved(sure, corrections)), self._rule.least)[0]:
            return Corrected(text, ())
        return Corrected(changed, corrections)

    def explain(self, text: str, language: str) -> Explained:
        """What `correct` does, and what it nearly did."""
        corrected = self.correct(text, language)
        corrections, rejected = self._draft(Heard(text, language), max(0.0, self._rule.threshold - NEAR_MISS_MARGIN))
        misses = [NearMiss(item.place.heard, item.spelling.term.term, item.score, item.objection) for item in rejected]
        if not corrected.corrections:
            reason = "would set off another correction"
            misses += [NearMiss(item.from_text, item.term, item.score, reason) for item in corrections]
        return Explained(corrected, tuple(misses))

    def _draft(self, heard: Heard, least: float) -> tuple[tuple[Correction, ...], list[Candidate]]:
        """The changes that one pass makes, and the candidates from a score of `least` that it objects to."""
        text, language = heard.text, heard.language
        tokens = tokens_of(text)
        found, free = self._spelled(tokens, language)
        changes = [_exact(Place(text, tokens, item.first, item.last, item.ending), item) for item in found]
        rejected: list[Candidate] = []
        if free and self._soundalikes:
            candidates = candidates_in(
                Hearing(text, tokens, free, language, heard.sure), self._soundalikes, self._rule, least
            )
            accepted = without_overlaps([item for item in candidates if not item.objection])
            rejected = without_overlaps([item for item in candidates if item.objection], accepted)
            changes += [rewritten(item.place, item.spelling.term.term, "fuzzy", item.score) for item in accepted]
        return _in_order(change for change in changes if change is not None), rejected

    def _spelled(self, tokens: Sequence[Token], language: str) -> tuple[list[Found], list[int]]:
        """Every spelling in the text, and the tokens outside them."""
        found, free = [], []
        at = 0
        while at < len(tokens):
            item = self._lexicon.find(tokens, at, language)
            if item is None:
                free.append(at)
                at += 1
            else:
                found.append(item)
                at = item.last + 1
        return found, free


def apply(text_raw: str, corrections: Sequence[Correction]) -> str:
    """`text_raw` with its corrections made: the audit entries hold all that is needed to rebuild the text."""
    pieces = []
    done = 0
    for correction in corrections:
        pieces += [text_raw[done : correction.start], correction.to_text]
        done = correction.end
    return "".join(pieces) + text_raw[done:]


def moved(spans: Iterable[Span], corrections: Sequence[Correction]) -> tuple[Span, ...]:
    """The spans of a text as they stand after its corrections; those that a correction touches are gone."""
    kept = []
    for start, end in spans:
        if not any(made.start < end and start < made.end for made in corrections):
            shift = sum(len(made.to_text) - len(made.from_text) for made in corrections if made.end <= start)
            kept.append((start + shift, end + shift))
    return tuple(kept)


def _in_order(changes: Iterable[Correction]) -> tuple[Correction, ...]:
    """Changes by place; one that reaches into the particle that another has rewritten falls away."""
    kept: list[Correction] = []
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        if not kept or change.start >= kept[-1].end:
            kept.append(change)
    return tuple(kept)


def _exact(place: Place, found: Found) -> Correction | None:
    term = found.spelling.term.term
    if found.spelling.is_term and is_written_well(term, place.heard):
        return None
    return rewritten(place, term, "alias", EXACT_SCORE)
