"""Text before the sound: what was said before, words that may come, or words that never will."""

from __future__ import annotations

import random

from models.training import grammar
from models.training.targets import LEAD
from models.training.tokens import Vocabulary

_LONGEST_TOKENS = 80
_SYLLABLES = ("ka", "ro", "mi", "shen", "tor", "lin", "bas", "ven", "dal", "ur", "pol", "gri")


def random_prompt(vocabulary: Vocabulary, said: list[str], rng: random.Random) -> list[int]:
    """`<|startofprev|>` and a random text; `said` are the words that the window holds."""
    kinds = (_previous, _half_right, _unrelated, _hotwords, _hotwords, _hotwords)
    text = rng.choice(kinds)(said, rng)
    ids = vocabulary.encode(" " + text)[0]
    return [vocabulary.special("<|startofprev|>"), *ids[:_LONGEST_TOKENS]]


def _previous(said: list[str], rng: random.Random) -> str:
    """Sentences as they were typed, or as the model wrote them, with a bare space before the first."""
    language = rng.choice(grammar.LANGUAGES)
    sentences = " ".join(grammar.sentence(language, rng) for _ in range(rng.randint(1, 3)))
    return rng.choice(("", LEAD)) + sentences


def _half_right(said: list[str], rng: random.Random) -> str:
    """Some words of the window among others."""
    true = [word.strip(",.") for word in said if rng.random() < 0.5]
    chosen = true + _words(rng, rng.randint(1, 12))
    rng.shuffle(chosen)
    return rng.choice((" ", ", ")).join(chosen)


def _unrelated(said: list[str], rng: random.Random) -> str:
    return " ".join(_words(rng, rng.randint(3, 30)))


def _hotwords(said: list[str], rng: random.Random) -> str:
    """A list as a glossary gives it: known terms, invented names, now and then a true word."""
    terms = []
    for _ in range(rng.randint(3, 24)):
        draw = rng.random()
        if draw < 0.2 and said:
            start = rng.randrange(len(said))
            terms.append(" ".join(said[start : start + rng.randint(1, 2)]).strip(",."))
        elif draw < 0.5:
            terms.append(_invented(rng))
        else:
            terms.append(
                grammar.expand(rng.choice(grammar.LANGUAGES), rng.choice(("place", "team", "gear", "call")), rng)
            )
    return ", ".join(terms)


def _words(rng: random.Random, count: int) -> list[str]:
    return rng.choices(grammar.words(rng.choice(grammar.LANGUAGES)), k=count)


def _invented(rng: random.Random) -> str:
    """A name that no one says, in Latin letters or Hangul."""
    if rng.random() < 0.5:
        name = "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 3)))
        return name.capitalize() if rng.random() < 0.5 else name
    return "".join(chr(rng.randint(0xAC00, 0xD7A3)) for _ in range(rng.randint(2, 4)))
