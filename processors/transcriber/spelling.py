"""A model's own tokenizer, and the languages that it has tokens for. The only importer of the library of tokenizers."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import tokenizers

from processors.transcriber.model_faults import not_spelling

START = "<|startoftranscript|>"
SPOKEN_TOKENS = (START, "<|notimestamps|>")
LANGUAGE_TOKEN = re.compile(r"<\|([a-z]{2,3})\|>")


def load_spelling(path: Path) -> tokenizers.Tokenizer:
    """The tokenizer in a file. Raises ModelError where it is none of a Whisper."""
    try:
        spelling = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library has no finer one
        raise not_spelling(path, str(error)) from error
    missing = [token for token in SPOKEN_TOKENS if spelling.token_to_id(token) is None]
    if missing:
        raise not_spelling(path, f"it has no {', '.join(missing)}")
    return spelling


def languages_in(spelling: tokenizers.Tokenizer) -> Iterator[str]:
    """The languages whose tokens stand behind that of a transcript's start, in their order."""
    for number in itertools.count((spelling.token_to_id(START) or 0) + 1):
        found = LANGUAGE_TOKEN.fullmatch(spelling.id_to_token(number) or "")
        if found is None:
            return
        yield found[1]
