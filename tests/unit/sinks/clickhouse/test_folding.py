import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sinks.clickhouse.folding import folded, folded_sql, found_in
from sinks.clickhouse.migrations import FOLDER


def test_the_table_folds_by_the_same_expression():
    assert f"MATERIALIZED {folded_sql('text')}\n" in (FOLDER / "0007_folding.sql").read_text()


@given(st.text(max_size=40))
def test_law_folding_is_blind_to_how_a_text_was_typed(text):
    assert folded(unicodedata.normalize("NFD", text)) == folded(text)


@given(st.text(max_size=10), st.text(min_size=1, max_size=10), st.text(max_size=10))
def test_law_what_is_found_folds_to_what_was_looked_for(before, word, after):
    text = unicodedata.normalize("NFC", before + word + after)
    for first, behind in found_in(text, word):
        assert folded(word) in folded(text[first:behind])


def test_nothing_is_found_nowhere():
    assert list(found_in("", "a")) == list(found_in("a", "")) == []
