import random
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.glossary.corrector import Corrector, apply, moved
from schemas.events import GlossaryTerm
from tests.support.dictionaries import DICTIONARIES

TERMS = (
    GlossaryTerm("혈압", ("혈앞", "열압"), "ko", "vital"),
    GlossaryTerm("유류 창고", (), "ko", "place"),
    GlossaryTerm("에피네프린", ("에피",), "ko", "drug"),
    GlossaryTerm("에크모기", ("엑모길",), "ko", "device"),
    GlossaryTerm("제세동기", (), "ko", "device"),
    GlossaryTerm("ECMO", ("에크모", "e c m o"), "", "device"),
    GlossaryTerm("Halligan bar", ("hooligan bar", "halogen bar"), "en", "tool"),
    GlossaryTerm("bar", (), "en", "place"),
    GlossaryTerm("tourniquet", (), "en", "tool"),
    GlossaryTerm("stretcher", (), "en", "tool"),
    GlossaryTerm("oxygen", ("o two",), "en", "drug"),
    GlossaryTerm("Council", (), "en", "unit"),
    GlossaryTerm("defibrillator", (), "en", "device"),
    GlossaryTerm("C++", ("see plus plus",), "en", ""),
)
CORRECTOR = Corrector(TERMS, 87, DICTIONARIES)


@pytest.mark.parametrize(
    ("heard", "corrected"),
    [
        ("혈앞을 재라", "혈압을 재라"),
        ("열압이 낮다, 혈앞은?", "혈압이 낮다, 혈압은?"),
        ("혈앞에서는", "혈압에서는"),
        ("혈앞까지만 혈앞부터", "혈압까지만 혈압부터"),
        ("엑모길을 준비", "에크모기를 준비"),
        ("엑모길로 이동, 엑모길은", "에크모기로 이동, 에크모기는"),
        ("엑모길이 엑모길과", "에크모기가 에크모기와"),
        ("에크모를 준비", "ECMO를 준비"),
        ("ecmo가 Ecmo", "ECMO가 ECMO"),
        ("E C M O 준비", "ECMO 준비"),
        ("유류창고에서 대기", "유류 창고에서 대기"),
        ("에피네프링을 투여", "에피네프린을 투여"),
        ("bring the hooligan bar", "bring the Halligan bar"),
        ("bring the halligan bars", "bring the Halligan bars"),
        ("apply a turnikit now", "apply a tourniquet now"),
        ("two turnikits", "two tourniquets"),
        ("O two is low, o two", "Oxygen is low, oxygen"),
        ("in see plus plus", "in C++"),
        ("the defibrilator", "the defibrillator"),
    ],
)
def test_corrects(heard, corrected):
    assert CORRECTOR.correct(heard, "").text == corrected


@pytest.mark.parametrize(
    "text",
    [
        "혈압을 재라",  # a term already
        "혈앞트",  # no particle: another word
        "열압력",
        "제세동 중",  # a form of the same word
        "stretchers",  # a plural
        "Oxygen",  # the beginning of a sentence
        "ask the counsel",  # sounds like Council, and is another word
        "the bar is open",
        "hooligan, bar",  # a comma parts it
        "the barn, a bark",
        "c",
        "",
        "12 34",
        "ЭКМО",
    ],
)
def test_leaves_alone(text):
    assert CORRECTOR.correct(text, "").corrections == ()


def test_a_term_serves_its_language_only():
    assert CORRECTOR.correct("혈앞을", "en").text == "혈앞을"
    assert CORRECTOR.correct("혈앞을", "ko").text == "혈압을"
    assert CORRECTOR.correct("에크모 hooligan bar", "ko").text == "ECMO hooligan bar"


def test_every_change_is_accounted_for():
    (change,) = CORRECTOR.correct("그 엑모길을 준비", "ko").corrections
    assert (change.from_text, change.to_text, change.term) == ("엑모길을", "에크모기를", "에크모기")
    assert (change.rule, change.score, change.start, change.end) == ("alias", 100.0, 2, 6)


def test_the_longest_spelling_wins():
    terms = (GlossaryTerm("gate", ("date",), "", ""), GlossaryTerm("Gate Seven", ("date seven",), "", ""))
    assert Corrector(terms, 87, DICTIONARIES).correct("date seven, date eight", "").text == "Gate Seven, gate eight"


def test_two_terms_that_sound_alike_are_not_guessed_between():
    terms = (GlossaryTerm("Karavellon", (), "", ""), GlossaryTerm("Caravelon", (), "", ""))
    explained = Corrector(terms, 87, DICTIONARIES).explain("karavelon", "")
    assert explained.corrected.corrections == ()
    assert "just as much like" in explained.near_misses[0].reason


def test_near_misses_say_why():
    reasons = {miss.heard: miss.reason for miss in CORRECTOR.explain("defibulator stretchers counsel", "").near_misses}
    assert reasons == {
        "defibulator": "below the threshold of 87",
        "counsel": "too short to be changed by its sound alone",
    }


def test_words_are_joined_or_parted_only_on_a_very_like_sound():
    corrector = Corrector(
        [GlossaryTerm("Kubernetes", (), "", ""), GlossaryTerm("유류 창고", (), "", "")], 87, DICTIONARIES
    )
    assert corrector.correct("kuber netis, 유류창고", "").text == "Kubernetes, 유류 창고"
    (miss,) = corrector.explain("cooper netties", "").near_misses
    assert (miss.score, miss.reason) == (90, "below the threshold of 93.5, as its number of words is another")


def test_corrections_that_set_off_others_are_not_made():
    chain = Corrector(
        (GlossaryTerm("hot", ("warm",), "", ""), GlossaryTerm("boiler", ("hot water",), "", "")), 87, DICTIONARIES
    )
    assert chain.correct("warm water", "").text == "warm water"
    assert chain.explain("warm water", "").near_misses[0].reason == "would set off another correction"
    assert chain.correct("warm tea", "").text == "hot tea"


def test_the_order_of_the_terms_does_not_matter():
    shuffled = list(TERMS)
    random.Random(7).shuffle(shuffled)
    other = Corrector(shuffled, 87, DICTIONARIES)
    text = "혈앞을 재고 hooligan bar, turnikit 에크모를 에피네프링"
    assert (other.version, other.correct(text, "")) == (CORRECTOR.version, CORRECTOR.correct(text, ""))


SYLLABLES = (
    "ba",
    "ko",
    "ne",
    "ti",
    "ru",
    "la",
    "mo",
    "ve",
    "si",
    "to",
    "kra",
    "ple",
    "dro",
    "sta",
    "qui",
    "pha",
    "ge",
    "wor",
)


def test_a_hundred_thousand_terms_are_searched_by_blocks():
    names = ["".join(parts) for parts in product(SYLLABLES, repeat=4)]
    terms = [GlossaryTerm(name, (), "", "") for name in names[:100_000]]
    corrector = Corrector([*terms, GlossaryTerm("Zwickenhauer", ("swicken tower",), "", "")], 87, DICTIONARIES)
    heard = " ".join("".join(parts) for parts in product(SYLLABLES[:3], repeat=3))
    assert corrector.correct(f"meet zwikenhouer near {heard}", "").text.startswith("meet Zwickenhauer near ")
    widest = max(len(block) for block in corrector._soundalikes._blocks.values())
    assert widest < len(terms) / 10  # what one look-up compares with


WORDS = [
    "혈앞",
    "혈압",
    "혈앞을",
    "열압이",
    "엑모길을",
    "에크모",
    "를",
    "에피네프링",
    "hooligan",
    "bar",
    "o",
    "two",
    "turnikit",
]
WORDS += [
    "turnikits",
    "warm",
    "hot",
    "water",
    "Oxygen",
    "counsel",
    "e",
    "c",
    "m",
    "ECMO",
    "유류창고",
    "유류",
    "창고에서",
    "C++",
]
PHRASES = st.lists(
    st.tuples(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), st.sampled_from([" ", ", ", ".", "-", ""])),
    max_size=10,
).map(lambda parts: "".join(word + gap for word, gap in parts))
LANGUAGES = st.sampled_from(["", "ko", "en", "de"])


@given(PHRASES, LANGUAGES)
def test_law_the_audit_entries_rebuild_the_text(text, language):
    corrected = CORRECTOR.correct(text, language)
    assert apply(text, corrected.corrections) == corrected.text
    at = 0
    for change in corrected.corrections:
        assert at <= change.start < change.end
        assert text[change.start : change.end] == change.from_text != change.to_text
        at = change.end


@given(PHRASES, LANGUAGES)
@example("warm water o two", "")
def test_law_correcting_again_changes_nothing(text, language):
    once = CORRECTOR.correct(text, language).text
    assert CORRECTOR.correct(once, language).corrections == ()


NAMES = st.text(alphabet="abc ", min_size=1, max_size=4).filter(str.strip)
SMALL_GLOSSARIES = st.lists(
    st.builds(lambda term, aliases: GlossaryTerm(term, tuple(aliases), "", ""), NAMES, st.lists(NAMES, max_size=3)),
    max_size=5,
)


@settings(max_examples=200)
@given(SMALL_GLOSSARIES, st.text(alphabet="abc ,", max_size=16))
def test_law_correcting_again_changes_nothing_whatever_the_glossary(terms, text):
    corrector = Corrector(terms, 87, DICTIONARIES)
    once = corrector.correct(text, "")
    assert apply(text, once.corrections) == once.text
    assert corrector.correct(once.text, "").corrections == ()


@given(st.text(max_size=80), LANGUAGES)
def test_law_no_terms_no_change(text, language):
    corrector = Corrector((), 87, DICTIONARIES)
    assert corrector.version == ""
    assert corrector.correct(text, language).text == text


def test_a_word_that_the_model_was_sure_of_needs_a_closer_sound():
    corrector = Corrector(TERMS, 87, DICTIONARIES)
    text = "deffibrilator and torniquet"
    assert corrector.correct(text, "en").text == "defibrillator and tourniquet"
    first, last = (0, 13), (18, 27)
    assert corrector.correct("에피네프링 에피네프링", "ko", ((0, 5),)).text == "에피네프링 에피네프린"
    assert corrector.correct(text, "en", (first, last)).text == "defibrillator and tourniquet"  # it sounds the same


HEARD = st.sampled_from(["에피네프링", "재고", "제세동끼", "turnikit", "and"])


@given(st.lists(HEARD, min_size=1, max_size=6), st.data())
def test_law_whatever_the_model_was_sure_of_correcting_again_changes_nothing(words, data):
    text = " ".join(words)
    starts = [sum(len(word) + 1 for word in words[:at]) for at in range(len(words))]
    sure = [(start, start + len(word)) for start, word in zip(starts, words, strict=True) if data.draw(st.booleans())]
    once = CORRECTOR.correct(text, "", sure)
    again = CORRECTOR.correct(once.text, "", moved(sure, once.corrections))
    assert again.corrections == ()
