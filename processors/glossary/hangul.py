"""Hangul syllables and their letters (Unicode 3.12, "Conjoining Jamo Behavior")."""

from typing import Literal

FIRST_SYLLABLE = 0xAC00
LAST_SYLLABLE = 0xD7A3
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

Ending = Literal["vowel", "rieul", "consonant"]


def is_syllable(character: str) -> bool:
    """Whether the character is one whole Hangul syllable."""
    return FIRST_SYLLABLE <= ord(character) <= LAST_SYLLABLE


def is_hangul(text: str) -> bool:
    """Whether the text is nothing but whole Hangul syllables."""
    return bool(text) and all(map(is_syllable, text))


def letters_of(syllable: str) -> tuple[str, str, str]:
    """Initial, vowel and final (empty without one) of a syllable."""
    code = ord(syllable) - FIRST_SYLLABLE
    return INITIALS[code // 588], VOWELS[code % 588 // 28], FINALS[code % 28]


def ending_of(text: str) -> Ending | None:
    """How the text ends, as its particles see it; None where it does not end in a Hangul syllable."""
    if not text or not is_syllable(text[-1]):
        return None
    final = letters_of(text[-1])[2]
    if not final:
        return "vowel"
    return "rieul" if final == "ㄹ" else "consonant"
