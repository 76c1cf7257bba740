"""How a phrase sounds, as a string whose edit distance means something: one form for Hangul, one for Latin.

Hangul: the letters after the regular sound changes of the Standard Pronunciation of Korean (표준 발음법, National
Institute of Korean Language): liaison (arts. 13-14), palatalisation (17), aspiration (12), neutral finals (8-11),
nasalisation (18-19), lateralisation (20). Beyond it, pairs that speech recognition confuses are one letter here:
ㅐ/ㅔ, ㅚ/ㅙ/ㅞ, and tense with plain consonants.

Latin: after Metaphone (L. Philips, "Hanging on the Metaphone", Computer Language 7(12), 1990), but vowels stay, in
three classes (A, E for e/i/y, O for o/u), so that `affect` and `effect` differ and distance counts syllables.
"""

import re
import unicodedata
from itertools import pairwise

from processors.glossary.hangul import is_hangul, letters_of

_LATIN = re.compile(r"[a-z]+")
_RULES = (
    (r"^[gkp]n", "N"),
    (r"^wr", "R"),
    (r"^wh", "W"),
    (r"^x", "S"),
    (r"^ps", "S"),
    (r"mb$", "M"),
    (r"ch(?=[lr]|ole|ond|oro|emo)", "K"),
    (r"tch|ch|sh", "X"),
    (r"sch", "SK"),
    (r"sc(?=[eiy])|c(?=[eiy])", "S"),
    (r"[st](?=i[oa])", "X"),
    (r"ck|qu|[ckq]", "K"),
    (r"dg(?=[eiy])", "J"),
    (r"d", "T"),
    (r"^gh", "K"),
    (r"gh", ""),
    (r"gn(?=$|s$|ed$)", "N"),
    (r"g(?=[eiy])|j", "J"),
    (r"g", "K"),
    (r"ph|f|v", "F"),
    (r"th", "0"),
    (r"(?<![csptg])h(?=[aeiouy])", "H"),
    (r"h", ""),
    (r"[sz]", "S"),
    (r"t", "T"),
    (r"x", "KS"),
    (r"w(?=[aeiouy])", "W"),
    (r"y(?=[aeiou])", "Y"),
    (r"(?<=[^aeiouy])e$", ""),
    (r"a[uw]|o[aeiouwy]?|e[uw]|u[ei]?", "O"),
    (r"a[eiy]|e[aeiy]?|i[e]?|y", "E"),
    (r"a", "A"),
    (r"w", ""),
    (r"b", "B"),
    (r"l", "L"),
    (r"m", "M"),
    (r"n", "N"),
    (r"p", "P"),
    (r"r", "R"),
)
_SOUND = re.compile("|".join(f"({pattern})" for pattern, _ in _RULES))
_SOUNDS = tuple(sound for _, sound in _RULES)
_REPEATED = re.compile(r"(.)\1+")

_DOUBLE_FINALS = {
    "ㄳ": "ㄱㅅ",
    "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴㅎ",
    "ㄺ": "ㄹㄱ",
    "ㄻ": "ㄹㅁ",
    "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ",
    "ㅀ": "ㄹㅎ",
    "ㅄ": "ㅂㅅ",
}
_NEUTRAL_FINALS = str.maketrans(
    "ㄲㅋㄳㄺㄵㄶㅅㅆㅈㅊㅌㅎㄼㄽㄾㅀㄻㅍㅄㄿ",
    "ㄱㄱㄱㄱㄴㄴㄷㄷㄷㄷㄷㄷㄹㄹㄹㄹㅁㅂㅂㅂ",
)
_ASPIRATED = {"ㄱ": "ㅋ", "ㄷ": "ㅌ", "ㅂ": "ㅍ", "ㅈ": "ㅊ"}
_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}
_MERGED = str.maketrans("ㄲㄸㅃㅆㅉㅐㅒㅖㅙㅚ", "ㄱㄷㅂㅅㅈㅔㅔㅔㅞㅞ")


def spoken_form(words: str) -> str:
    """The sounds of words in normal form, read as one; empty where they are not all Hangul or all Latin letters."""
    joined = words.replace(" ", "")
    if is_hangul(joined):
        return _hangul_sounds(joined)
    plain = joined if joined.isascii() else _without_accents(joined)
    if _LATIN.fullmatch(plain):
        return _latin_sounds(plain)
    return ""


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _latin_sounds(letters: str) -> str:
    sounds = _SOUND.sub(lambda match: _SOUNDS[(match.lastindex or 1) - 1], letters)
    return _REPEATED.sub(r"\1", sounds)


def _hangul_sounds(syllables: str) -> str:
    parts = [list(letters_of(syllable)) for syllable in syllables]
    for here, following in pairwise(parts):
        _join(here, following)
    if parts:
        parts[-1][2] = parts[-1][2].translate(_NEUTRAL_FINALS)
    sounds = []
    for initial, vowel, final in parts:
        unrounded = "ㅣ" if vowel == "ㅢ" and initial != "ㅇ" else vowel
        sounds += ["" if initial == "ㅇ" else initial, unrounded, final]
    return "".join(sounds).translate(_MERGED)


def _join(here: list[str], following: list[str]) -> None:
    """Applies the sound changes between two syllables, in place."""
    if following[0] == "ㅇ" and here[2] not in ("", "ㅇ"):
        _carry_over(here, following)
        return
    final = _DOUBLE_FINALS.get(here[2], here[2])
    if final.endswith("ㅎ") and following[0] in _ASPIRATED:
        here[2], following[0] = final[:-1], _ASPIRATED[following[0]]
        return
    if following[0] == "ㅎ" and final[-1:].translate(_NEUTRAL_FINALS) in _ASPIRATED:
        last = "ㅈ" if final[-1] == "ㅈ" else final[-1].translate(_NEUTRAL_FINALS)
        here[2], following[0] = final[:-1], _ASPIRATED[last]
        return
    here[2] = here[2].translate(_NEUTRAL_FINALS)
    _assimilate(here, following)


def _carry_over(here: list[str], following: list[str]) -> None:
    final = _DOUBLE_FINALS.get(here[2], here[2])
    moved, here[2] = final[-1], final[:-1]
    if moved == "ㅎ":
        moved = here[2] or "ㅇ"
        here[2] = ""
    if following[1] == "ㅣ":
        moved = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}.get(moved, moved)
    following[0] = moved


def _assimilate(here: list[str], following: list[str]) -> None:
    if following[0] == "ㄹ" and here[2] in ("ㄱ", "ㄷ", "ㅂ", "ㅁ", "ㅇ"):
        following[0] = "ㄴ"
    if following[0] in ("ㄴ", "ㅁ") and here[2] in _NASAL:
        here[2] = _NASAL[here[2]]
    if (here[2], following[0]) in (("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")):
        here[2] = following[0] = "ㄹ"
