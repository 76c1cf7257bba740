"""One way to write one text: composed (Unicode NFC).

A Mac's clipboard, file names and some editors give Hangul as single letters (NFD), which looks the same and is not.
"""

import unicodedata
from dataclasses import replace

from schemas.events import GlossaryTerm


def composed(text: str) -> str:
    """The text in NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def composed_term(term: GlossaryTerm) -> GlossaryTerm:
    """The term with every text of it in NFC; itself where it was so already."""
    written = replace(
        term,
        term=composed(term.term),
        aliases=tuple(map(composed, term.aliases)),
        category=composed(term.category),
    )
    return term if written == term else written
