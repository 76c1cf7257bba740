"""What speaks against putting a term in the place of what was heard, beside how it sounds.

What was heard may be a word of its own, or differ from the term in just the sounds that carry the meaning: then the
likeness of the sounds is no evidence. 신부전 and 심부전, incubation and intubation are words both; in medicine the
wrong one does harm. Aliases are not looked at here: they are their author's word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.glossary.endings import stems_of
from processors.glossary.hangul import is_hangul
from processors.glossary.words.vocabulary import Vocabulary

RARER = 10.0
"""A word that is so much rarer than the term, and the same but for a mute e, is taken for the term (`morphin`)."""
COMMON = 1e-6
"""The share of a text that a word has which is not rare."""
DETACHABLE = frozenset(["a", "an", "the", "in", "on", "un", "no", "non", "to", "of", "or", "and"])
"""Words that are the beginning of others: `an aesthetic` is no anesthetic, and who is `a febrile` is not afebrile."""
INFLECTIONS = frozenset(["s", "es", "ed", "d", "ing", "er", "ers", "ly", "al"])
NEGATIONS = ("a", "an", "un", "in", "im", "non", "dis", "de")
PREFIXES = (
    ("hyper", "hypo", "normo"),
    ("inter", "intra", "extra"),
    ("ante", "anti"),
    ("pre", "post"),
    ("super", "supra", "sub", "infra"),
    ("endo", "exo", "ecto"),
    ("macro", "micro"),
    ("mono", "poly", "oligo"),
)
SUFFIXES = (
    ("ectomy", "ostomy", "otomy", "oscopy", "oplasty", "opexy", "ography"),
    ("emia", "uria", "penia"),
    ("itis", "osis", "oma", "opathy", "algia"),
)
"""Each tuple holds parts of words that mean one thing each and sound alike."""
HANGUL_ENDS = frozenset("암염증통종복제약균열혈뇨압")
HANGUL_BEGINNINGS = frozenset("저고과다무상하전후좌우내외일이삼사오육칠팔구십")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Judges by a vocabulary, in text of one language (ISO 639-1, or empty where it is not known)."""

    vocabulary: Vocabulary
    language: str

    def objection_to(self, heard: Sequence[str], whole: str, spelled: Sequence[str]) -> str:
        """Why words like these, in normal form, must not be taken for each other, or an empty string.

        `whole` is the last word of `heard` with the ending that may hang on it.
        """
        said, meant = list(heard), list(spelled)
        if len(said) != len(meant):
            objection = self._objection_to_joining(said, whole, meant)
            if objection or "".join(said) == "".join(meant):
                return objection
            said, meant, whole = ["".join(said)], ["".join(meant)], "".join((*said[:-1], whole))
        wholes = (*said[:-1], whole)
        objections = (self._objection_to_word(*words) for words in zip(said, wholes, meant, strict=True))
        return next((objection for objection in objections if objection), "")

    def _objection_to_joining(self, said: Sequence[str], whole: str, meant: Sequence[str]) -> str:
        for words, joined in ((said, "".join(meant)), (meant, "".join(said))):
            if words[0] in DETACHABLE and self._is_word("".join(words[1:])) and self._is_word(joined):
                return f"{words[0]} may be a word of its own"
        if "".join(said) == "".join(meant):
            return ""
        if self._is_word("".join(said)) or all(map(self._is_common, (*said[:-1], whole))):
            return f"{' '.join(said)} means something of its own"
        return ""

    def _objection_to_word(self, heard: str, whole: str, spelled: str) -> str:
        if heard == spelled:
            return ""
        if (self._is_word(heard) or self._is_word(whole)) and not self._lacks_mute_e(heard, spelled):
            return f"{heard} is a word of its own"
        if _is_form_of(heard, spelled):
            return "looks like a form of the same word"
        if differ_in_meaning(heard, spelled):
            return "differs in the very sounds that mean something"
        return ""

    def _is_word(self, word: str) -> bool:
        """Whether it is one, as it stands or with an ending."""
        return any(self.vocabulary.knows(stem, self.language) for stem in stems_of(word))

    def _is_common(self, word: str) -> bool:
        """Whether it is a word, and no rare one: several rare ones in a row are more likely one that was not known."""
        return self._is_word(word) and (is_hangul(word) or self.vocabulary.frequency(word, self.language) >= COMMON)

    def _lacks_mute_e(self, heard: str, spelled: str) -> bool:
        share = self.vocabulary.frequency(heard, self.language)
        return spelled == f"{heard}e" and share * RARER <= self.vocabulary.frequency(spelled, self.language)


def _is_form_of(heard: str, spelled: str) -> bool:
    """Whether one is the other with something that inflection or composition adds. A drug's own ending is no such."""
    if is_hangul(heard):
        return heard.startswith(spelled) or spelled.startswith(heard)
    return heard.startswith(spelled) and heard[len(spelled) :] in INFLECTIONS


def differ_in_meaning(one: str, other: str) -> bool:
    """Whether two words differ in parts that sound alike and mean different things."""
    if is_hangul(one) and is_hangul(other):
        return _differ_in_syllable(one, other)
    if any(one == negation + other or other == negation + one for negation in NEGATIONS):
        return True
    return any(_begins(one, group) != _begins(other, group) != "" for group in PREFIXES if _begins(one, group)) or any(
        _ends(one, group) != _ends(other, group) != "" for group in SUFFIXES if _ends(one, group)
    )


def _begins(word: str, parts: Sequence[str]) -> str:
    return max((part for part in parts if word.startswith(part)), key=len, default="")


def _ends(word: str, parts: Sequence[str]) -> str:
    return max((part for part in parts if word.endswith(part)), key=len, default="")


def _differ_in_syllable(one: str, other: str) -> bool:
    """Whether all that differs is a syllable that stands for a thing: 복막(암|염), (저|고)혈압."""
    if len(one) != len(other):
        return False
    different = [at for at, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
    if different == [len(one) - 1]:
        return {one[-1], other[-1]} <= HANGUL_ENDS
    return different == [0] and {one[0], other[0]} <= HANGUL_BEGINNINGS
