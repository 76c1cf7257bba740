"""Text as search compares it: whoever looks for `école` finds `ÉCOLE`, however either was typed.

Composed (NFC), Unicode's case folding, and the dot that folding leaves over the i of İ taken away. The column `folded`
of `segments` holds every text so, under an index of its neighbouring characters.
"""

import unicodedata
from collections.abc import Iterator

LEFT_DOT = "i\u0307"
PLAIN_I = "i"


def folded_sql(expression: str) -> str:
    """The SQL that folds a string expression; a migration holds the same."""
    return f"replaceAll(caseFoldUTF8(normalizeUTF8NFC({expression})), '{LEFT_DOT}', '{PLAIN_I}')"


def folded(text: str) -> str:
    """The same here."""
    return unicodedata.normalize("NFC", text).casefold().replace(LEFT_DOT, PLAIN_I)


def found_in(text: str, word: str) -> Iterator[tuple[int, int]]:
    """Where `word` stands in `text` (which must be NFC) by folding, as (first, behind) in characters of `text`."""
    wanted = folded(word)
    letters, places = _letters(text)
    at = letters.find(wanted)
    while wanted and at >= 0:
        behind = at + len(wanted)
        yield places[at], places[behind - 1] + 1
        at = letters.find(wanted, behind)


def _letters(text: str) -> tuple[str, list[int]]:
    """The text folded, and for each character of that the character of `text` which it is of."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for part in letter.casefold():
            if part == LEFT_DOT[1] and letters and letters[-1] == PLAIN_I:
                continue
            letters.append(part)
            places.append(place)
    return "".join(letters), places
