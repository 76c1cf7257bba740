"""Terms of one glossary that are one sound apart: neither is ever put in the place of the other.

Found by deletions in common (W. Garbe's symmetric delete, 2012): two forms at distance one become equal when each
loses at most one letter. So a glossary of 100,000 terms is looked through in seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rapidfuzz.distance import Levenshtein

from processors.glossary.lexicon import Spelling, spellings_of
from processors.glossary.soundalikes import is_long_enough
from processors.glossary.spoken import spoken_form
from schemas.events import GlossaryTerm


def near_terms(terms: Iterable[GlossaryTerm]) -> list[tuple[str, str]]:
    """Pairs of spellings of different terms, in order, whose spoken forms differ in one sound or in none."""
    by_form: dict[str, list[tuple[str, Spelling]]] = defaultdict(list)
    for spelling in spellings_of(terms):
        sound = spoken_form(spelling.key)
        if is_long_enough(spelling.key, sound):
            for form in _with_one_less(sound):
                by_form[form].append((sound, spelling))
    pairs: set[tuple[str, str]] = set()
    for several in by_form.values():
        for at, (sound, one) in enumerate(several):
            pairs.update(_pair(one, other) for heard, other in several[:at] if _are_near(sound, heard, one, other))
    return sorted(pairs)


def _with_one_less(sound: str) -> Iterator[str]:
    """The form, and every form that it is without one letter; the first sound must be the same."""
    yield from dict.fromkeys((sound, *(sound[:at] + sound[at + 1 :] for at in range(1, len(sound)))))


def _are_near(sound: str, heard: str, one: Spelling, other: Spelling) -> bool:
    if one.term is other.term or not one.serves(other.term.language):
        return False
    return Levenshtein.distance(sound, heard, score_cutoff=1) <= 1


def _pair(one: Spelling, other: Spelling) -> tuple[str, str]:
    first, second = sorted((one.phrase, other.phrase))
    return first, second
