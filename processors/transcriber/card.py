"""What a model says of itself in `earshot.json`, beside its weights."""

import json
from dataclasses import dataclass
from typing import Any

from processors.transcriber.context import ContextRule

CARD_FILE = "earshot.json"
TEXTS = ("name", "version")
CHOICES = ("fitted_context", "prompts", "hotwords")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Facts that the weights do not tell. A model without a card is taken for a stock Whisper."""

    name: str
    version: str = "unversioned"
    fitted_context: bool = False
    """Whether it was trained for encoder input shorter than 30 s."""
    context_margin_s: float = 0.5
    """Silence that it wants after the window, in seconds."""
    context_bucket_s: float = 2.5
    """Context lengths are multiples of this, in seconds."""
    prompts: bool = True
    """Whether it was trained with text before `<|startoftranscript|>`: without, hotwords only harm."""
    hotwords: bool = False
    """Whether it is told hotwords by itself: they help where they are said, and harm stock Whisper elsewhere."""
    time_tokens_from_s: float = 6.0
    """Windows at least so long are decoded with time tokens: without them stock Whisper leaves out sentences where
    voices follow each other closely, with them it hears single short ones worse."""
    alignment_filter_frames: int = 7
    """Width of the median filter over its cross-attention, in frames of 20 ms."""

    def takes_hotwords(self, mode: str) -> bool:
        """Whether it is to be told terms, by `whisper.hotwords`: `on`, `off`, or `auto` (as the card says)."""
        return self.prompts and (self.hotwords if mode == "auto" else mode == "on")

    def context_rule(self, mode: str) -> ContextRule:
        """The rule for `whisper.context`: `full`, `fit`, or `auto` (as trained)."""
        fitted = self.fitted_context if mode == "auto" else mode == "fit"
        return ContextRule(fitted, self.context_margin_s, self.context_bucket_s)


def read_card(text: str, default_name: str) -> ModelCard:
    """The card in `text`; keys of other programs are passed over. Raises ValueError for what is no card."""
    facts = json.loads(text)
    if not isinstance(facts, dict):
        raise ValueError("a card is a JSON object")
    known = {name: value for name, value in facts.items() if name in ModelCard.__dataclass_fields__}
    card = ModelCard(**{"name": default_name, **known})
    _check(card)
    return card


def _check(card: ModelCard) -> None:
    faults: list[Any] = [
        name
        for name, wanted in (
            ("name", str),
            ("version", str),
            ("fitted_context", bool),
            ("prompts", bool),
            ("hotwords", bool),
        )
        if not isinstance(getattr(card, name), wanted)
    ]
    if not isinstance(card.context_margin_s, int | float) or card.context_margin_s < 0:
        faults.append("context_margin_s")
    if not isinstance(card.context_bucket_s, int | float) or card.context_bucket_s < 0.1:
        faults.append("context_bucket_s")
    if not isinstance(card.time_tokens_from_s, int | float) or card.time_tokens_from_s < 0:
        faults.append("time_tokens_from_s")
    if not isinstance(card.alignment_filter_frames, int) or card.alignment_filter_frames % 2 == 0:
        faults.append("alignment_filter_frames")
    if faults:
        raise ValueError(f"wrong values of {', '.join(faults)}")
