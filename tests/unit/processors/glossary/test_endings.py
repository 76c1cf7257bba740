import pytest

from processors.glossary.endings import agreeing, splits_of
from processors.glossary.tokens import tokens_of


def splits(word: str) -> list[tuple[str, str]]:
    return splits_of(tokens_of(word)[0], alone=True)


@pytest.mark.parametrize(
    ("word", "stem", "ending"),
    [
        ("혈압은", "혈압", "은"),
        ("혈압을", "혈압", "을"),
        ("펌프실에서", "펌프실", "에서"),
        ("펌프실에서는", "펌프실", "에서는"),
        ("구급차까지도", "구급차", "까지도"),
        ("병원으로부터", "병원", "으로부터"),
        ("소방대입니다", "소방대", "입니다"),
        ("환자에게는", "환자", "에게는"),
        ("stretchers", "stretcher", "s"),
    ],
)
def test_finds_the_ending(word, stem, ending):
    assert (stem, ending) in splits(word)


@pytest.mark.parametrize("word", ["도로", "가", "혈압", "gas", "access", "c3s", "x"])
def test_finds_no_ending_where_too_little_would_be_left(word):
    assert splits(word) == [(word, "")]


def test_the_longest_stem_comes_first():
    assert [stem for stem, _ in splits("병원에서는")] == ["병원에서는", "병원에서", "병원"]


def test_no_ending_is_cut_off_a_word_whose_normal_form_has_another_length():
    decomposed = "\u1112\u1167\u11af\u110b\u1161\u11b8\u110b\u1173\u11af"  # 혈압을, letter by letter
    assert splits(decomposed) == [("혈압을", "")]


@pytest.mark.parametrize(
    ("particle", "heard", "term", "expected"),
    [
        ("을", "열압", "에크모", "를"),
        ("를", "에크머", "혈압", "을"),
        ("은", "열압", "에크모", "는"),
        ("는", "에크머", "혈압", "은"),
        ("이", "열압", "에크모", "가"),
        ("가", "에크머", "혈압", "이"),
        ("과", "열압", "에크모", "와"),
        ("와", "에크머", "혈압", "과"),
        ("로", "에크머", "펌프실", "로"),  # ㄹ takes 로
        ("로", "에크머", "혈압", "으로"),
        ("으로", "열압", "에크모", "로"),
        ("으로", "열압", "펌프실", "로"),
        ("로는", "에크머", "혈압", "으로는"),
        ("이나", "열압", "에크모", "나"),
        ("이라고", "열압", "에크모", "라고"),
        ("예요", "에크머", "혈압", "이에요"),
        ("로부터", "에크머", "병원", "으로부터"),
        ("과의", "열압", "에크모", "와의"),
        ("에서", "열압", "에크모", "에서"),
        ("에서는", "열압", "에크모", "에서는"),
        ("이다", "열압", "에크모", "이다"),
        ("까지", "열압", "에크모", "까지"),
        ("을", "열압", "혈압", "을"),  # the last sound does not change
        ("를", "에크머", "ECMO", "를"),  # how ECMO ends cannot be seen
        ("를", "mri", "혈압", "을"),
    ],
)
def test_particles_agree_with_the_term(particle, heard, term, expected):
    assert agreeing(particle, heard, term) == expected
