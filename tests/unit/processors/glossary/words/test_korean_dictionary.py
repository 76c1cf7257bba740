import pytest

from processors.glossary.words.korean_dictionary import KoreanDictionary


@pytest.fixture(scope="module")
def dictionary() -> KoreanDictionary:
    return KoreanDictionary()


def test_entries_are_found_whole(dictionary: KoreanDictionary) -> None:
    assert all(map(dictionary.has, ("복막", "복막염", "혈압", "먹")))
    assert not any(map(dictionary.has, ("", "복막염염", "쀍", "xyzzy")))


def test_common_nouns_are_found_where_they_begin(dictionary: KoreanDictionary) -> None:
    assert {2, 3} <= set(dictionary.nouns_at("복막염이", 0))
    assert 4 in dictionary.nouns_at("화재경보", 2)
    assert dictionary.nouns_at("화재", 2) == []
