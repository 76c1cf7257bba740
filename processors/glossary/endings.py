"""What may hang on a term: Korean particles, which agree with its last sound, and an English plural s.

The particles (조사) and copula forms are those of the Standard Korean Language Dictionary that attach to nouns without
a change of the noun. Agreement follows the final consonant (받침): 을/를, 은/는, 이/가, 과/와 by whether there is one,
으로/로 by whether there is one other than ㄹ.
"""

import re
from itertools import product

from processors.glossary.hangul import Ending, ending_of, is_hangul
from processors.glossary.tokens import Token

MIN_STEM_SYLLABLES = 2
"""A one-syllable stem takes no particle here: 도 + 로 is far more often the road than the province."""
MIN_STEM_LETTERS = 5
"""Shorter Latin stems take no plural: the alias `ga` must not be found in `gas`."""

PAIRS = (
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("으로", "로"),
    ("으로서", "로서"),
    ("으로써", "로써"),
    ("이나", "나"),
    ("이란", "란"),
    ("이랑", "랑"),
    ("이라", "라"),
    ("이라고", "라고"),
    ("이라는", "라는"),
    ("이라도", "라도"),
    ("이든", "든"),
    ("이든지", "든지"),
    ("이며", "며"),
    ("이에요", "예요"),
)
"""After a final consonant, and after a vowel."""

_FIXED = (
    "에 에서 에게 에게서 한테 한테서 께 께서 의 도 만 까지 부터 마저 조차 마다 밖에 보다 처럼 같이 하고",
    "뿐 뿐만 쯤 씩 들 이다 입니다 입니까 이고 인 인데 인지 였다 이었다 였습니다 이었습니다",
)
_CHAIN_FIRST = (
    "에 에서 에게 한테 까지 부터 으로 로 만 과 와 하고 밖에 보다 처럼 마다 들 께서 으로서 로서 으로써 로써 뿐"
)
_CHAIN_SECOND = "는 은 도 만 까지 부터 의 이 가 을 를 과 와 로 으로 에 에서"

FIXED = frozenset(" ".join(_FIXED).split())
AUXILIARIES = frozenset(_CHAIN_SECOND.split())
_PLURAL = re.compile(r"[^\W\d_]*[^\W\d_s]s")
_CONSONANT_OF = {after_vowel: after_consonant for after_consonant, after_vowel in PAIRS}
_VOWEL_OF = dict(PAIRS)
_SINGLE = {*FIXED, *_VOWEL_OF, *_CONSONANT_OF}
PARTICLES = frozenset(_SINGLE | {first + second for first, second in product(_CHAIN_FIRST.split(), AUXILIARIES)})
LONGEST = max(map(len, PARTICLES))
_HEADS = sorted({*_VOWEL_OF, *_CONSONANT_OF}, key=len, reverse=True)


def splits_of(token: Token, *, alone: bool) -> list[tuple[str, str]]:
    """Every (stem, ending) that a token may be: the whole before all, then the longest stem first.

    `alone` is False for the last token of several, whose stem may be short.
    """
    word = token.normal
    if len(word) != token.end - token.start:
        return [(word, "")]  # its normal form has another length, so an ending could not be cut off the text
    least = MIN_STEM_LETTERS if alone else 1
    return [(stem, word[len(stem) :]) for stem in stems_of(word, least)]


def stems_of(word: str, least_letters: int = MIN_STEM_LETTERS) -> list[str]:
    """What a word in normal form may be without an ending, the longest first: itself before all.

    A Latin stem has at least `least_letters`, a Korean one two syllables.
    """
    stems = [word]
    if is_hangul(word):
        for length in range(1, min(LONGEST, len(word) - MIN_STEM_SYLLABLES) + 1):
            if word[-length:] in PARTICLES:
                stems.append(word[:-length])
    elif len(word) > least_letters and _PLURAL.fullmatch(word):
        stems.append(word[:-1])
    return stems


def agreeing(particle: str, heard: str, term: str) -> str:
    """The particle as the term wants it, where it was said after `heard`.

    Left alone where the last sound does not change, or where the term does not end in Hangul: then the particle that
    was heard is the best evidence of how the term is said.
    """
    wanted = ending_of(term)
    if wanted is None or wanted == ending_of(heard):
        return particle
    for head in _HEADS:
        rest = particle[len(head) :]
        if particle.startswith(head) and (not rest or rest in AUXILIARIES) and particle not in FIXED:
            return _form_of(head, wanted) + rest
    return particle


def _form_of(head: str, ending: Ending) -> str:
    after_vowel = _VOWEL_OF.get(head, head)
    after_consonant = _CONSONANT_OF.get(after_vowel, head)
    if ending == "consonant":
        return after_consonant
    if ending == "rieul" and not after_vowel.startswith("로"):
        return after_consonant
    return after_vowel
