"""A training run's folder: corpus, vocabulary and checkpoints, so that a stopped run goes on."""

from __future__ import annotations

import collections
import json
from dataclasses import dataclass
from pathlib import Path

import torch

from models.training import corpus, tokens
from models.training.corpus import Shard
from models.training.tokens import Vocabulary

_VOCABULARY_SHARDS = 20
_LEAST_PHONES = 100
_FIRST_PHONE = 2
"""0 is no phone, 1 is a rare one."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of a run."""

    root: Path

    @property
    def corpus(self) -> Path:
        """Shards of utterances."""
        return self.root / "corpus"

    @property
    def pieces(self) -> Path:
        """The byte-level pieces."""
        return self.root / "pieces.json"

    @property
    def phones(self) -> Path:
        """Phone classes."""
        return self.root / "phones.json"

    @property
    def checkpoint(self) -> Path:
        """Weights, averages, optimiser and progress."""
        return self.root / "checkpoint.pt"

    def prepare_vocabulary(self) -> None:
        """Learn pieces and phone classes from the first shards, once."""
        if self.pieces.exists() and self.phones.exists():
            return
        shards = self.shards(_VOCABULARY_SHARDS)
        texts = (" " + utterance.text for shard in shards for utterance in shard.utterances)
        tokens.train_pieces(texts).save(str(self.pieces))
        self.phones.write_text(json.dumps(_phone_classes(shards), ensure_ascii=False))

    def vocabulary(self) -> Vocabulary:
        """The run's vocabulary."""
        return Vocabulary.open(self.pieces)

    def phone_classes(self) -> dict[str, int]:
        """Class of each `language:phone`."""
        classes: dict[str, int] = json.loads(self.phones.read_text())
        return classes

    def shards(self, limit: int | None = None) -> list[Shard]:
        """The finished shards."""
        return [corpus.load(self.corpus, n) for n in corpus.available(self.corpus)[:limit]]

    def save(self, state: dict[str, object]) -> None:
        """Replace the checkpoint in one step."""
        unfinished = self.checkpoint.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.rename(self.checkpoint)

    def saved(self) -> dict[str, object] | None:
        """The checkpoint, if there is one."""
        if not self.checkpoint.exists():
            return None
        state: dict[str, object] = torch.load(self.checkpoint, weights_only=True)
        return state


def _phone_classes(shards: list[Shard]) -> dict[str, int]:
    counts = collections.Counter(
        f"{utterance.language}:{phone}"
        for shard in shards
        for utterance in shard.utterances
        for phone in utterance.phones
    )
    common = sorted(name for name, count in counts.items() if count >= _LEAST_PHONES)
    spoken = [name for name in common if not name.endswith(":_")]
    classes = {name: number for number, name in enumerate(spoken, _FIRST_PHONE)}
    return {**classes, "en:_": 0, "ko:_": 0}
