"""Whatever comes in whatever pieces: in force is a glossary that somebody has pushed, whole, or none."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.glossary.push import records_of
from schemas.codec import encode
from schemas.errors import BadRecord
from schemas.events import GlossaryPush, GlossaryTerm
from schemas.glossary.table import BEGUN_KEY, NO_GLOSSARY, Glossary, GlossaryTable, Oddities, glossary_of

KEYS = st.sampled_from([f"term {number}" for number in range(6)])
TERMS = st.builds(GlossaryTerm, KEYS, st.just(()), st.sampled_from(["", "ko"]), st.just(""))
GLOSSARIES = st.lists(st.lists(TERMS, max_size=6, unique_by=lambda term: term.term).map(glossary_of), max_size=4)


def term(name: str, alias: str = "") -> GlossaryTerm:
    return GlossaryTerm(name, (alias,) if alias else (), "", "")


def push_of(glossary: Glossary, push_id: str, table: GlossaryTable) -> list[tuple[bytes | None, bytes | None, tuple]]:
    """The records of a push onto what the table has: its beginning, and all that its transaction holds."""
    mark = GlossaryPush(push_id, len(glossary.terms), glossary.version, 1)
    records = [(output.key, output.value, output.headers) for output in records_of(glossary, mark, table.keys())]
    return [(BEGUN_KEY, encode(mark), ()), *records]


def take_all(table: GlossaryTable, records) -> None:
    for record in records:
        table.take(*record)


def by_hand(one: GlossaryTerm) -> tuple[bytes, bytes, tuple]:
    return one.term.encode(), encode(one), ()


@given(GLOSSARIES, st.data())
def test_in_whatever_pieces_it_comes_only_whole_pushes_are_in_force(glossaries, data):
    table = GlossaryTable()
    for number, glossary in enumerate(glossaries):
        before = table.glossary
        records = push_of(glossary, f"push-{number}", table)
        for at, record in enumerate(records, 1):
            table.take(*record)
            changed = data.draw(st.booleans()) and table.settle(at_end=data.draw(st.booleans()))
            if at < len(records):
                assert not changed
                assert table.glossary == before
        table.settle(at_end=False)
        assert table.glossary == glossary
        assert table.oddities() == Oddities()


@given(GLOSSARIES, st.data())
def test_a_new_reader_finds_what_is_in_force_however_much_was_compacted(glossaries, data):
    table, log = GlossaryTable(), []
    for number, glossary in enumerate(glossaries):
        records = push_of(glossary, f"push-{number}", table)
        take_all(table, records)
        table.settle(at_end=True)
        log += records
    newest = {record[0]: at for at, record in enumerate(log)}
    kept = [one for at, one in enumerate(log) if newest[one[0]] == at or data.draw(st.booleans())]
    reader = GlossaryTable()
    take_all(reader, kept)
    reader.settle(at_end=True)
    assert reader.glossary == table.glossary


def test_a_push_that_has_begun_and_not_ended_is_not_used_and_is_told():
    table = GlossaryTable()
    take_all(table, push_of(glossary_of([term("a")]), "one", table))
    table.settle(at_end=True)
    begun, first, *_ = push_of(glossary_of([term("a", "x"), term("b")]), "two", table)
    take_all(table, [begun, first])
    assert not table.settle(at_end=True)
    assert table.glossary == glossary_of([term("a")])
    odd = table.oddities()
    assert odd.unfinished is not None
    assert (odd.unfinished.push_id, odd.unfinished.terms) == ("two", 2)


def test_a_push_that_comes_in_pieces_is_nothing_odd():
    table = GlossaryTable()
    take_all(table, push_of(glossary_of([term("a"), term("b"), term("c")]), "one", table))
    table.settle(at_end=True)
    begun, *others, ended = push_of(glossary_of([term("d"), term("e")]), "two", table)
    table.take(*begun)
    for record in others:
        table.take(*record)
        odd = table.oddities()
        assert odd.unfinished is not None
        assert (odd.unmarked, odd.missing) == (0, 0)
    table.take(*ended)
    assert table.oddities() == Oddities()


def test_beside_a_push_that_left_nothing_what_was_written_by_hand_is_told():
    table = GlossaryTable()
    take_all(table, push_of(glossary_of([term("a"), term("b")]), "one", table))
    begun, *_ = push_of(glossary_of([term("d")]), "two", table)
    take_all(table, [begun, by_hand(term("c")), by_hand(term("b", "x"))])
    odd = table.oddities()
    assert odd.unfinished is not None
    assert (odd.unmarked, odd.missing) == (2, 1)


def test_a_topic_without_marks_is_taken_as_it_stands_when_nothing_more_comes():
    table = GlossaryTable()
    take_all(table, [by_hand(term("a")), by_hand(term("b"))])
    assert not table.settle(at_end=False)
    assert table.glossary == NO_GLOSSARY
    assert table.settle(at_end=True)
    table.take(b"a", None, ())
    assert table.settle(at_end=True)
    assert table.glossary == glossary_of([term("b")])
    assert table.oddities() == Oddities()


def test_what_is_written_by_hand_beside_a_push_is_not_used_and_is_told():
    table = GlossaryTable()
    take_all(table, push_of(glossary_of([term("a"), term("b")]), "one", table))
    table.settle(at_end=True)
    take_all(table, [by_hand(term("c")), by_hand(term("b", "x"))])
    assert not table.settle(at_end=True)
    assert table.glossary == glossary_of([term("a"), term("b")])
    assert table.oddities() == Oddities(unmarked=2, missing=1)
    take_all(table, push_of(glossary_of([term("d")]), "two", table))
    assert table.settle(at_end=False)
    assert table.oddities() == Oddities()


def test_a_reader_with_nothing_better_takes_what_is_left_of_a_push():
    table = GlossaryTable()
    take_all(table, push_of(glossary_of([term("a"), term("b")]), "one", table))
    table.take(b"b", None, ())
    assert not table.settle(at_end=True)
    assert table.settle_for_remains()
    assert table.glossary == glossary_of([term("a")])
    assert table.oddities().missing == 1


def test_a_glossary_of_single_letters_is_one_of_syllables():
    decomposed = unicodedata.normalize("NFD", "심폐소생술")
    glossary = glossary_of([GlossaryTerm(decomposed, (decomposed,), "ko", decomposed)])
    assert glossary == glossary_of([GlossaryTerm("심폐소생술", ("심폐소생술",), "ko", "심폐소생술")])
    table = GlossaryTable()
    table.take(*by_hand(GlossaryTerm(decomposed, (), "ko", "")))
    table.settle(at_end=True)
    assert [one.term for one in table.glossary.terms] == ["심폐소생술"]


@pytest.mark.parametrize(
    "record", [(b"a", b"x"), (b"b", encode(term("a"))), (BEGUN_KEY, encode(term("a"))), (None, b"")]
)
def test_what_is_neither_term_nor_mark_is_refused(record):
    with pytest.raises(BadRecord):
        GlossaryTable().take(*record, ())
