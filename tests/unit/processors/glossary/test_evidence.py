import pytest

from processors.glossary.evidence import Evidence, differ_in_meaning
from processors.glossary.words.vocabulary import NoWords
from tests.support.dictionaries import DICTIONARIES


def objection(heard: str, spelled: str, whole: str = "") -> str:
    said = heard.split(" ")
    return Evidence(DICTIONARIES, "").objection_to(said, whole or said[-1], spelled.split(" "))


@pytest.mark.parametrize(
    ("heard", "spelled"),
    [
        ("epinephrin", "epinephrine"),
        ("laryngoscop", "laryngoscope"),
        ("morphin", "morphine"),
        ("심페소생술", "심폐소생술"),
        ("pulse oxymeter", "pulse oximeter"),
        ("cardio version", "cardioversion"),
        ("심폐 소생술", "심폐소생술"),
        ("eck mo", "ecmo"),
    ],
)
def test_what_is_no_word_may_be_the_term(heard: str, spelled: str) -> None:
    assert objection(heard, spelled) == ""


@pytest.mark.parametrize(
    ("heard", "spelled", "why"),
    [
        ("infusion", "effusion", "is a word of its own"),
        ("breath", "breathe", "is a word of its own"),
        ("fire house", "fire hose", "house is a word of its own"),
        ("a febrile", "afebrile", "a may be a word of its own"),
        ("afebrile", "a febrile", "a may be a word of its own"),
        ("all ready", "already", ""),
        ("for caps", "forceps", "means something of its own"),
        ("in fusion", "effusion", "in may be a word of its own"),
        ("신 부전", "심부전", "means something of its own"),
        ("intubationed", "intubation", "form of the same word"),
        ("심폐소생술실쀍", "심폐소생술", "form of the same word"),
        ("hypercarbaemia", "hypocarbaemia", "sounds that mean something"),
    ],
)
def test_what_may_be_a_word_is_not(heard: str, spelled: str, why: str) -> None:
    assert why in objection(heard, spelled)


def test_a_word_with_its_ending_is_a_word() -> None:
    assert "of its own" in objection("thrombosi", "thrombus", whole="thrombosis")
    assert "of its own" in objection("안전띠에", "안전대", whole="안전띠에")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hyperkalaemia", "hypokalaemia"),
        ("intercostal", "intracostal"),
        ("nephrotomy", "nephrostomy"),
        ("febrile", "afebrile"),
        ("늑골암", "늑골염"),
        ("고혈당", "저혈당"),
    ],
)
def test_some_sounds_carry_the_meaning(one: str, other: str) -> None:
    assert differ_in_meaning(one, other)
    assert differ_in_meaning(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hyperkalemia", "hyperkalaemia"),
        ("tracheotomy", "trakeotomy"),
        ("심폐소생술", "심페소생술"),
        ("고혈당", "고혈땅"),
    ],
)
def test_others_do_not(one: str, other: str) -> None:
    assert not differ_in_meaning(one, other)


def test_without_a_word_list_only_form_and_meaning_speak() -> None:
    evidence = Evidence(NoWords(), "en")
    assert evidence.objection_to(["infusion"], "infusion", ["effusion"]) == ""
    assert evidence.objection_to(["intubationed"], "intubationed", ["intubation"]) != ""
