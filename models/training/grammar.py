"""The demo model's language: random radio sentences in English and Korean."""

from __future__ import annotations

import random
import re
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

LANGUAGES = ("en", "ko")
_RULES = Path(__file__).with_name("grammar.yaml")
_SLOT = re.compile(r"\{(\w+)\}")
_WEIGHT = re.compile(r"(\d+)\* (.*)")
_SALAD_SHARE, _CODE_SHARE = 0.16, 0.06
_ONLY_IN_CONTEXT = frozenset({"to", "for"})
"""Alone they sound like "two" and "four"."""
_HELD_OUT_SHARE = 50
_SHORTEST_HELD_OUT_WORDS = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """One slot: what may stand in it, and how often."""

    lines: tuple[str, ...]
    weights: tuple[int, ...]


@cache
def rules(language: str) -> dict[str, Rule]:
    """The rules of a language, by slot."""
    slots = yaml.safe_load(_RULES.read_text(encoding="utf-8"))[language]
    return {slot: _rule(lines) for slot, lines in slots.items()}


def _rule(lines: list[str]) -> Rule:
    matches = [(_WEIGHT.fullmatch(line), line) for line in lines]
    return Rule(
        tuple(match[2] if match else line for match, line in matches),
        tuple(int(match[1]) if match else 1 for match, line in matches),
    )


@cache
def words(language: str) -> tuple[str, ...]:
    """Every word of a language, sorted."""
    found: set[str] = set()
    for rule in rules(language).values():
        for line in rule.lines:
            found.update(_SLOT.sub(" ", line).replace(",", " ").split())
    return tuple(sorted(found))


def sentence(language: str, rng: random.Random) -> str:
    """A random sentence with commas and a full stop: mostly by the rules, some of it word salad."""
    draw = rng.random()
    if draw < _SALAD_SHARE:
        return salad(language, rng)
    slot = "code" if draw < _SALAD_SHARE + _CODE_SHARE else "sentence"
    return expand(language, slot, rng) + "."


def expand(language: str, slot: str, rng: random.Random) -> str:
    """One random line of a slot, with its own slots filled."""
    rule = rules(language)[slot]
    line = rng.choices(rule.lines, rule.weights)[0]
    return _SLOT.sub(lambda match: expand(language, match[1], rng), line)


def salad(language: str, rng: random.Random) -> str:
    """Words in no order, so that the model must listen rather than guess."""
    pool = [word for word in words(language) if word not in _ONLY_IN_CONTEXT]
    chosen = rng.choices(pool, k=rng.randint(1, 11))
    text = chosen[0]
    for word in chosen[1:]:
        text += (", " if rng.random() < 0.12 else " ") + word
    return text + "."


def held_out(text: str) -> bool:
    """Whether a text is kept for evaluation: one in fifty of those with three words or more."""
    long_enough = len(text.split()) >= _SHORTEST_HELD_OUT_WORDS
    return long_enough and zlib.crc32(text.encode()) % _HELD_OUT_SHARE == 0
