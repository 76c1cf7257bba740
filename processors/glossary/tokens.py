"""Text as runs of one script, so that a particle on a Latin word (`ECMO를`) is a run of its own."""

import re
import unicodedata
from dataclasses import dataclass

_HANGUL = "\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f"
_RUN = re.compile(rf"[{_HANGUL}]+|(?:(?![{_HANGUL}_])[\w\u0300-\u036f])+[+#]*")
_GAP = re.compile(r"\s*|[-‐‑'’·./_&]")


@dataclass(frozen=True, slots=True)
class Token:
    """One run: its normal form, and where it lies in the text."""

    normal: str
    """Composed (NFC) and case-folded."""
    start: int
    end: int
    joined: bool
    """Nothing but a space, a hyphen or the like lies between it and the run before."""


def tokens_of(text: str) -> list[Token]:
    """The runs of the text, in order. Symbols belong to none, but `C++` and `C#` are one run each."""
    tokens: list[Token] = []
    before = 0
    for match in _RUN.finditer(text):
        joined = bool(tokens) and _GAP.fullmatch(text, before, match.start()) is not None
        tokens.append(Token(normal_of(match.group()), match.start(), match.end(), joined))
        before = match.end()
    return tokens


def normal_of(run: str) -> str:
    """The form in which two spellings of one word are equal."""
    folded = run.casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


def key_of(phrase: str) -> str:
    """The runs of a term or alias, joined by spaces; empty for one without a letter or digit."""
    return " ".join(token.normal for token in tokens_of(phrase))
