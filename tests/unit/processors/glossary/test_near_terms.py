from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from processors.glossary.near_terms import near_terms
from processors.glossary.spoken import spoken_form
from schemas.events import GlossaryTerm


def terms(*names: str, language: str = "") -> list[GlossaryTerm]:
    return [GlossaryTerm(name, (), language, "") for name in names]


def test_pairs_one_sound_apart_are_told():
    found = near_terms(terms("심부전", "신부전", "복막염", "복막암", "infusion", "effusion", "hypotension", "ECMO"))
    assert found == [("effusion", "infusion"), ("복막암", "복막염"), ("신부전", "심부전")]


def test_aliases_are_looked_at_and_a_terms_own_are_not():
    assert near_terms([GlossaryTerm("심부전", ("심부젼",), "", "")]) == []
    assert near_terms([GlossaryTerm("CHF", ("심부전",), "", ""), *terms("신부전")]) == [("신부전", "심부전")]


def test_terms_of_two_languages_never_meet():
    assert near_terms([*terms("심부전", language="ko"), *terms("신부전", language="ja")]) == []


@given(st.sets(st.text("bdaek", min_size=5, max_size=8), max_size=8))
def test_law_it_finds_what_comparing_each_with_each_finds(names):
    sounds = {name: spoken_form(name) for name in names}
    expected = sorted(
        (one, other)
        for one, other in product(names, names)
        if one < other
        and min(len(sounds[one]), len(sounds[other])) >= 5
        and sounds[one][0] == sounds[other][0]
        and Levenshtein.distance(sounds[one], sounds[other]) <= 1
    )
    assert near_terms(terms(*names)) == expected
