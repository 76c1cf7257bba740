"""A term written in place of what was heard: its capitals, and the particle that hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.glossary.endings import PARTICLES, agreeing
from processors.glossary.hangul import ending_of
from processors.glossary.tokens import Token
from schemas.events import Correction

PLURAL = "s"


@dataclass(frozen=True, slots=True)
class Place:
    """Tokens `first` to `last` of a text, less the ending that hangs on the last."""

    text: str
    tokens: Sequence[Token]
    first: int
    last: int
    ending: str

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.tokens[self.first].start

    @property
    def end(self) -> int:
        """Offset behind the last character before the ending."""
        return self.tokens[self.last].end - len(self.ending)

    @property
    def heard(self) -> str:
        """The characters themselves."""
        return self.text[self.start : self.end]

    @property
    def particle(self) -> str:
        """What hangs on it, in the same token or as a run of its own right behind it (`ECMO를`)."""
        if self.ending:
            return self.ending
        following = self.tokens[self.last + 1] if self.last + 1 < len(self.tokens) else None
        if following is not None and following.start == self.end and following.normal in PARTICLES:
            return following.normal
        return ""


def rewritten(place: Place, term: str, rule: str, score: float) -> Correction | None:
    """The correction that puts `term` in its place, with the particle where that must change; None for no change."""
    written = _written(term, place.heard)
    particle = place.particle
    wanted = "" if particle == PLURAL and ending_of(term) else agreeing(particle, place.heard, term)
    end = place.end
    if wanted != particle:
        end += len(particle)
        written += wanted
    heard = place.text[place.start : end]
    if heard == written:
        return None
    return Correction(heard, written, term, rule, score, place.start, end)


def is_written_well(term: str, heard: str) -> bool:
    """Whether `heard`, which spells the term, may stay: a term in small letters may begin a sentence."""
    return heard == term or (term.islower() and heard.casefold() == term.casefold())


def _written(term: str, heard: str) -> str:
    begins_sentence = term.islower() and heard[:1].isupper() and not heard.isupper()
    return term[:1].upper() + term[1:] if begins_sentence else term
