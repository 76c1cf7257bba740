"""The demo model's vocabulary: byte-level pieces, then Whisper's special tokens in Whisper's order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIALS = (
    "",  # CTranslate2 takes a model for multilingual only if its vocabulary holds the empty token
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|ko|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
TIME_STEP_S = 0.02
LAST_TIME = 1_500
_PIECES = 1_800
_WHOLE = (" -", " '", *"♩♪♫♬♭♮♯", *(f" {note}" for note in "♩♪♫♬♭♮♯"))
"""One token each, so that suppressing them suppresses no space and no byte of Hangul."""
_WHOLE_COUNT = 20_000


def train_pieces(texts: Iterable[str]) -> Tokenizer:
    """Learn the byte-level pieces from training texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_PIECES,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    whole = (piece for piece in _WHOLE for _ in range(_WHOLE_COUNT))
    tokenizer.train_from_iterator((text for source in (texts, whole) for text in source), trainer)
    return tokenizer


def with_specials(pieces: Tokenizer) -> Tokenizer:
    """The tokenizer that faster-whisper loads: pieces, specials and time tokens."""
    tokenizer = Tokenizer.from_str(pieces.to_str())
    names = [name or "<|empty|>" for name in special_names()]
    tokenizer.add_special_tokens([AddedToken(n, special=True, normalized=False) for n in names])
    return tokenizer


def special_names() -> list[str]:
    """Special and time tokens in the order of their ids; the first is the empty token."""
    return [*SPECIALS, *(f"<|{n * TIME_STEP_S:.2f}|>" for n in range(LAST_TIME + 1))]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Token ids by meaning."""

    pieces: Tokenizer

    @classmethod
    def open(cls, path: Path) -> Vocabulary:
        """Read the pieces from a file."""
        return cls(Tokenizer.from_file(str(path)))

    @property
    def size(self) -> int:
        """Number of tokens in all."""
        return self.time(LAST_TIME) + 1

    def special(self, name: str) -> int:
        """Id of a special token."""
        return int(self.pieces.get_vocab_size()) + SPECIALS.index(name)

    def time(self, steps: int) -> int:
        """Id of the time token `steps` * 20 ms."""
        return int(self.pieces.get_vocab_size()) + len(SPECIALS) + steps

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Ids of a text, and the characters that each stands for."""
        encoding = self.pieces.encode(text)
        return encoding.ids, encoding.offsets
