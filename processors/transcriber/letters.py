"""A text as its letters and digits alone, for comparing what was said, not how it is written."""

import unicodedata


def plain(text: str, *, keep_spaces: bool = False) -> str:
    """Lower-case letters and digits of the text; runs of all else become one space, or nothing."""
    between = " " if keep_spaces else ""
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LNM" else " "
        for letter in unicodedata.normalize("NFC", text).lower()
    )
    return between.join(kept.split())
