"""Sounds that are easily taken for each other: one of them in a long word says little of which word it was."""

ALIKE = (
    "AEO",  # the vowel classes of the Latin form
    *("ㄱㅋ", "ㄷㅌ", "ㅂㅍ", "ㅈㅊ"),  # plain and aspirated
    *("ㅁㄴ", "ㅁㅂ", "ㄴㄹ"),  # nasals and liquids at one place of the mouth, or weakly heard
    *("ㅓㅗ", "ㅓㅕ", "ㅏㅑ", "ㅗㅛ", "ㅜㅠ", "ㅗㅜ", "ㅡㅜ", "ㅓㅡ"),
)
WEAK = "ㅎ"
"""Dropped between voiced sounds."""
_PAIRS = frozenset(one + other for group in ALIKE for one in group for other in group if one != other)


def is_easily_confused(sound: str, other: str) -> bool:
    """Whether two spoken forms differ in one sound only, and that one is easily taken for the other's, or not heard."""
    if len(sound) == len(other):
        pairs = [mine + theirs for mine, theirs in zip(sound, other, strict=True) if mine != theirs]
        return len(pairs) == 1 and pairs[0] in _PAIRS
    longer, shorter = sorted((sound, other), key=len, reverse=True)
    if len(longer) - len(shorter) != 1:
        return False
    return any(longer[at] == WEAK and longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
