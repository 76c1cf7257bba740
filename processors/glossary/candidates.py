"""Stretches of text that sound like a term, each with what speaks against changing it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from processors.glossary.confusion import is_easily_confused
from processors.glossary.endings import splits_of
from processors.glossary.evidence import Evidence
from processors.glossary.lexicon import Spelling
from processors.glossary.rewriting import Place
from processors.glossary.soundalikes import Soundalike, Soundalikes, is_long_enough, is_spelled_alike
from processors.glossary.spoken import spoken_form
from processors.glossary.tokens import Token
from processors.glossary.words.vocabulary import Vocabulary

EASE = 2.0
"""What the threshold is lower by for one sound in the place of another that is easily taken for it."""
Span = tuple[int, int]
"""First character, and the one behind the last."""
MAX_TOKENS = 4
"""Most tokens that one misheard term is looked for in."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that sounds like a spelling; to be changed only where nothing speaks against it."""

    place: Place
    spelling: Spelling
    score: float
    objection: str
    """Why it must not be changed, or empty."""

    def overlaps(self, other: "Candidate") -> bool:
        """Whether both want some token."""
        return self.place.first <= other.place.last and other.place.first <= self.place.last


@dataclass(frozen=True, slots=True)
class Hearing:
    """A text whose tokens `free` are not spelled as any term, in one language."""

    text: str
    tokens: Sequence[Token]
    free: Sequence[int]
    language: str
    sure: Sequence[Span] = ()
    """Where words stand that the model was sure of."""

    def is_sure_of(self, place: Place) -> bool:
        """Whether the model was sure of every word there."""
        words = self.tokens[place.first : place.last + 1]
        return all(any(start <= word.start and word.end <= end for start, end in self.sure) for word in words)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a candidate must pass."""

    threshold: float
    """Similarity of the spoken forms, 0–100."""
    vocabulary: Vocabulary

    @property
    def least(self) -> float:
        """The lowest score at which anything may be changed."""
        return self.threshold - EASE

    def needed(self, sound: str, other: str, *, sure: bool) -> float:
        """The score from which these forms may be taken for each other; halfway to 100 where the model was sure."""
        if sure:
            return (self.threshold + 100) / 2
        return self.least if is_easily_confused(sound, other) else self.threshold


def candidates_in(hearing: Hearing, soundalikes: Soundalikes, rule: Rule, least: float) -> list[Candidate]:
    """Every stretch that sounds like a term with a score of `least` or more, best first."""
    found = []
    evidence = Evidence(rule.vocabulary, hearing.language)
    for place, key in _places(hearing):
        sound = spoken_form(key)
        if not is_long_enough(key, sound):
            continue
        near = soundalikes.nearest(sound, hearing.language, least)
        if near:
            needed = rule.needed(sound, spoken_form(near[0].spelling.key), sure=hearing.is_sure_of(place))
            objection = _objection(key, sound, near, needed) or evidence.objection_to(
                key.split(" "), place.tokens[place.last].normal, near[0].spelling.key.split(" ")
            )
            found.append(Candidate(place, near[0].spelling, near[0].score, objection))
    return sorted(found, key=_preference)


def without_overlaps(candidates: Sequence[Candidate], taken: Sequence[Candidate] = ()) -> list[Candidate]:
    """The first of those that want the same token; none that wants a token already taken."""
    kept: list[Candidate] = []
    for candidate in candidates:
        if not any(candidate.overlaps(other) for other in (*taken, *kept)):
            kept.append(candidate)
    return kept


def _places(hearing: Hearing) -> Iterator[tuple[Place, str]]:
    """Every run of free tokens that nothing but spaces parts, with and without its ending, and its key."""
    tokens, free = hearing.tokens, set(hearing.free)
    for first in hearing.free:
        before = ""
        for last in range(first, min(first + MAX_TOKENS, len(tokens))):
            if last not in free or (last > first and not tokens[last].joined):
                break
            for stem, ending in splits_of(tokens[last], alone=last == first):
                yield Place(hearing.text, tokens, first, last, ending), before + stem
            before += tokens[last].normal + " "


def _objection(key: str, sound: str, near: Sequence[Soundalike], threshold: float) -> str:
    best = near[0]
    needed = threshold if _count(key) == _count(best.spelling.key) else (threshold + 100) / 2
    if best.score < needed:
        others = "" if needed == threshold else ", as its number of words is another"
        return f"below the threshold of {needed:g}{others}"
    if len(near) > 1 and near[1].score == best.score:
        return f"sounds just as much like {near[1].spelling.term.term}"
    if not is_spelled_alike(key, best.spelling.key, sound):
        return "too short to be changed by its sound alone"
    return ""


def _count(key: str) -> int:
    return key.count(" ") + 1


def _preference(candidate: Candidate) -> tuple[float, int, int, int]:
    place = candidate.place
    return (-candidate.score, place.first, place.last - place.first, len(place.ending))
