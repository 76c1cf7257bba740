"""Sets of words and sentences: what exists stays, what was misheard is put right.

`near_pairs.tsv` has words that sound alike and exist both, `misheard.tsv` a term and what was heard for it,
`ordinary.txt` sentences in which nothing is to change.
"""

import random
from itertools import chain
from pathlib import Path

import pytest

from models.training.grammar import sentence
from processors.glossary.corrector import Corrector
from schemas.events import GlossaryTerm
from tests.support.dictionaries import DICTIONARIES

SETS = Path(__file__).parent / "sets"


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (SETS / name).read_text(encoding="utf-8").splitlines()]


PAIRS = rows("near_pairs.tsv")
MISHEARD = rows("misheard.tsv")
NAMES = sorted({*chain.from_iterable(PAIRS), *(term for term, _, _ in MISHEARD)})


def corrector(*names: str) -> Corrector:
    return Corrector([GlossaryTerm(name, (), "", "") for name in names], 87, DICTIONARIES)


def said(word: str) -> tuple[str, str]:
    """A sentence with the word, and its language."""
    return (f"we saw the {word} yesterday", "en") if word.isascii() else (f"어제 {word}에 대해 들었습니다", "ko")


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_words_that_exist_are_not_changed_into_each_other(one: str, other: str) -> None:
    for term, heard in ((one, other), (other, one)):
        text, language = said(heard)
        assert corrector(term).correct(text, language).text == text
        assert corrector(term).correct(text, "").text == text


def test_misheard_terms_are_put_right() -> None:
    every_term = corrector(*NAMES)
    right = 0
    for term, heard, language in MISHEARD:
        text = f"give {heard} now" if language == "en" else f"지금 {heard} 합니다"
        made = every_term.correct(text, language).corrections
        assert [change.term for change in made] in ([], [term]), text
        right += bool(made)
    assert len(MISHEARD) == 60
    assert right >= 58


@pytest.mark.parametrize("column", [0, 1])
def test_ordinary_sentences_stay_as_they_are(column: int) -> None:
    names = {pair[column] for pair in PAIRS} | {term for term, _, _ in MISHEARD}
    some_terms = corrector(*names)
    random_sentences = random.Random(column)
    told = [*(line for (line,) in rows("ordinary.txt"))]
    told += [sentence(language, random_sentences) for language in ("en", "ko") for _ in range(250)]
    assert len(told) > 650
    made = [(text, change) for text in told for change in some_terms.correct(text, "").corrections]
    assert [(text, change) for text, change in made if change.from_text.replace(" ", "") != change.to_text] == []
