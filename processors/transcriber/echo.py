"""A text that says nothing but the hotwords that the model was told: perhaps it said them itself."""

from collections.abc import Sequence
from functools import lru_cache

from processors.transcriber.letters import plain

REMEMBERED = 64
"""Prompts, of which there is one for each language and glossary."""


def is_echo(text: str, hotwords: Sequence[str]) -> bool:
    """Whether the text is nothing but terms out of `hotwords`, those that the model was really told, in any order."""
    said = plain(text)
    if not said or not hotwords:
        return False
    terms = _plain_terms(tuple(hotwords))
    reached = {0}
    for start in range(len(said)):
        if start in reached:
            reached.update(start + len(term) for term in terms if said.startswith(term, start))
    return len(said) in reached


@lru_cache(maxsize=REMEMBERED)
def _plain_terms(hotwords: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(plain, hotwords)) - {""}
