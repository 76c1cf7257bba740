"""How often words are written, by language. The only importer of `wordfreq`.

Its lists (R. Speer, "rspeer/wordfreq: v3.0", 2022) are counts over books, news, encyclopedias and forums: drug names
and diseases are in them, misspellings hardly. English is taken whole (321,000 words), others down to one in a million.
"""

from collections.abc import Mapping

import wordfreq

WHOLE = "en"


class WordFrequencies:
    """The lists that were asked for so far."""

    def __init__(self) -> None:
        self._lists: dict[str, Mapping[str, float]] = {}

    def of(self, word: str, language: str) -> float:
        """The share of `word`, case-folded, among the words of a text; 0 where it is not known, or the language."""
        return self._list(language).get(word, 0.0)

    def _list(self, language: str) -> Mapping[str, float]:
        if language not in self._lists:
            name = "best" if language == WHOLE else "small"
            known = language in wordfreq.available_languages(name)
            self._lists[language] = wordfreq.get_frequency_dict(language, name) if known else {}
        return self._lists[language]
