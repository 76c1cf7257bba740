"""The words of every language that there is a list for."""

from functools import lru_cache
from typing import Protocol

from processors.glossary.hangul import is_hangul
from processors.glossary.words.frequencies import WordFrequencies
from processors.glossary.words.korean_dictionary import KoreanDictionary

ENGLISH = "en"
"""Latin words stand in text of every language, and are English ones most often."""
KOREAN = "ko"
LONE_LETTERS = "ai"
LEAST_PART = 2
"""Syllables of a part of a Korean compound: shorter ones make a word of anything."""
LONGEST_DERIVED = 4
"""Syllables of a noun with a prefix or suffix; in a longer word that could be would be everywhere."""
PREFIXES = frozenset("저고과다무상하전후좌우내외심간신뇌장폐위비일이삼사오육칠팔구십")
SUFFIXES = frozenset(
    "암염증통종복제약균열혈뇨압과실술막대사자식량창차부간기경외하상내관구전수물성형율도력법학장문벽원팩액"
)
"""Sino-Korean syllables and numerals that make new words of nouns (저 + 혈당, 복막 + 암, 일 + 산화 + 탄소)."""
REMEMBERED = 65_536


class Vocabulary(Protocol):
    """Whether words exist, as far as somebody knows."""

    def knows(self, word: str, language: str) -> bool:
        """Whether a word in normal form exists. `language` is ISO 639-1, or empty where it is not known."""

    def frequency(self, word: str, language: str) -> float:
        """The share of a Latin word among those of a text; 0 where it is not known."""


class Dictionaries:
    """The vocabulary of the packaged lists, loaded when they are first asked."""

    def __init__(self) -> None:
        self._frequencies = WordFrequencies()
        self._korean: KoreanDictionary | None = None
        self._known_hangul = lru_cache(maxsize=REMEMBERED)(self._is_korean)

    def knows(self, word: str, language: str) -> bool:
        """Whether it exists. A syllable of Hangul may be anything; a Latin letter alone is `a` or `I`."""
        if is_hangul(word):
            return len(word) == 1 or self._known_hangul(word)
        if len(word) == 1:
            return word in LONE_LETTERS
        return self.frequency(word, language) > 0

    def frequency(self, word: str, language: str) -> float:
        """In the language of the text, or in English."""
        here = self._frequencies.of(word, language) if language and language != ENGLISH else 0.0
        return max(here, self._frequencies.of(word, ENGLISH))

    def _is_korean(self, word: str) -> bool:
        if self._korean is None:
            self._korean = KoreanDictionary()
        return self._korean.has(word) or self._is_derived(word, self._korean) or self._is_compound(word, self._korean)

    def _is_derived(self, word: str, dictionary: KoreanDictionary) -> bool:
        """Whether it is a noun with a suffix, or a common one with a prefix."""
        if not LEAST_PART < len(word) <= LONGEST_DERIVED:
            return False
        if len(word) - 1 in dictionary.nouns_at(word, 0) and (word[-1] in SUFFIXES or self._is_head(word, dictionary)):
            return True
        return word[0] in PREFIXES and self._is_common(word[1:]) and len(word) in dictionary.nouns_at(word, 1)

    def _is_head(self, word: str, dictionary: KoreanDictionary) -> bool:
        """Whether the last of three syllables is a common noun by itself (공기 + 톱)."""
        return len(word) == LEAST_PART + 1 and self._is_common(word[-1]) and bool(dictionary.nouns_at(word, 2))

    def _is_compound(self, word: str, dictionary: KoreanDictionary) -> bool:
        """Whether it falls into common nouns of two syllables or more."""
        reached = {0, 1} if word[0] in PREFIXES else {0}
        for start in range(len(word) - 1):
            if start in reached:
                ends = dictionary.nouns_at(word, start)
                reached.update(end for end in ends if end - start >= LEAST_PART and self._is_common(word[start:end]))
        return len(word) in reached

    def _is_common(self, noun: str) -> bool:
        return self._frequencies.of(noun, KOREAN) > 0


class NoWords:
    """A vocabulary that knows nothing."""

    def knows(self, word: str, language: str) -> bool:
        """No."""
        return False

    def frequency(self, word: str, language: str) -> float:
        """None."""
        return 0.0
