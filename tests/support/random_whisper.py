"""A tiny Whisper with random weights, in CTranslate2's format: the engine's mechanics without a trained model.

What it says is chance and may differ from processor to processor. Where a test needs more than that, the weights hold
it: of what its texts consist (`spoken`), and where they may and must end (`Ending`). One dimension of the decoder is a
clock that only the positions turn and only the end of the text reads.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import whisper_spec
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from models.training.tokens import SPECIALS

MELS = 80
WIDTH = 32
HEADS = 4
LAYERS = 2
POSITIONS = 1500
MAX_TOKENS = 448
TIMESTAMPS = 1501
PROMPT_TOKENS = 4
"""Start, language, task, no time tokens; hotwords come before these."""
END = "<|endoftext|>"
END_LOUDNESS = 2.0
QUIET = 0.05
CLOCK = 0
"""The dimension of the decoder that tells whether the text may end."""
CLOCK_HAND = 6.0
CLOCK_GAIN = 4.0
"""With the hand: more than any chance says for or against the end."""
EMPTY_IN_TOKENIZER = "<|empty|>"

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ending:
    """After how many tokens a text without hotwords may end by chance, and after how many it must; counted to 444."""

    earliest: int = 6
    latest: int = MAX_TOKENS


NEVER = Ending(MAX_TOKENS, MAX_TOKENS)
"""Only the limit of tokens ends a text."""


def byte_tokens() -> list[str]:
    """What texts are spelled with: every byte, and two tokens that begin with a space."""
    return [*sorted(pre_tokenizers.ByteLevel.alphabet()), "Ġ-", "Ġ'"]


SPOKEN = frozenset(byte_tokens()) - {chr(0x100 + byte) for byte in range(0x20)}
"""Without the control characters, which byte-level spelling moves behind Latin-1."""


def build_random_whisper(
    folder: Path,
    *,
    seed: int = 0,
    card: dict[str, Any] | None = None,
    spoken: Collection[str] = SPOKEN,
    ending: Ending = Ending(),
) -> Path:
    """Writes a model of random weights to `folder`, which says the tokens of `spoken`; equal seeds give equal files."""
    folder.mkdir(parents=True, exist_ok=True)
    text_tokens = byte_tokens()
    vocabulary = [*text_tokens, *SPECIALS, *(f"<|{index * 0.02:.2f}|>" for index in range(TIMESTAMPS))]
    spec = _spec(np.random.default_rng(seed), _loudness(vocabulary, spoken))
    _let_end(spec.decoder, vocabulary.index(END), ending)
    spec.register_vocabulary(vocabulary)
    languages = [len(text_tokens) + SPECIALS.index(name) for name in ("<|en|>", "<|ko|>")]
    spec.config.lang_ids = languages
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.alignment_heads = [[LAYERS - 1, head] for head in range(HEADS)]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    _tokenizer(text_tokens, vocabulary).save(str(folder / "tokenizer.json"))
    if card is not None:
        (folder / "earshot.json").write_text(json.dumps(card))
    return folder


def _tokenizer(text_tokens: list[str], vocabulary: list[str]) -> Tokenizer:
    ids = {token: index for index, token in enumerate(text_tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=[("Ġ", "-"), ("Ġ", "'")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = [token or EMPTY_IN_TOKENIZER for token in vocabulary[len(text_tokens) :]]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in specials])
    return tokenizer


def _spec(random: np.random.Generator, loudness: Weights) -> whisper_spec.WhisperSpec:
    def weights(*shape: int, scale: float = 0.0) -> Weights:
        spread = scale or shape[-1] ** -0.5
        return (random.standard_normal(shape) * spread).astype(np.float32)

    spec = whisper_spec.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(WIDTH, MELS, 3, scale=0.1), weights(WIDTH, scale=0.1)
    encoder.conv2.weight, encoder.conv2.bias = weights(WIDTH, WIDTH, 3, scale=0.1), weights(WIDTH, scale=0.1)
    encoder.position_encodings.encodings = weights(POSITIONS, WIDTH, scale=0.5)
    decoder.embeddings.weight = weights(len(loudness), WIDTH) * loudness
    decoder.position_encodings.encodings = weights(MAX_TOKENS, WIDTH, scale=0.5)
    for norm in _norms(encoder, decoder):
        norm.gamma, norm.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
    for linear, outputs, inputs in _linears(encoder, decoder):
        linear.weight, linear.bias = weights(outputs, inputs), weights(outputs, scale=0.1)
    return spec


def _loudness(vocabulary: list[str], spoken: Collection[str]) -> Weights:
    """Longer vectors win more often: what is spoken, and now and then the end."""
    loudness = [END_LOUDNESS if token == END else 1.0 if token in spoken else QUIET for token in vocabulary]
    return np.array(loudness, np.float32)[:, np.newaxis]


def _let_end(decoder: Any, end: int, ending: Ending) -> None:
    """Sets the clock: no token and no layer moves it, and a strong hand of it decides about the end of the text."""
    first, last = (PROMPT_TOKENS - 1 + tokens for tokens in (ending.earliest, ending.latest))
    decoder.embeddings.weight[:, CLOCK] = 0
    decoder.position_encodings.encodings[:, CLOCK] = 0
    decoder.position_encodings.encodings[:first, CLOCK] = -CLOCK_HAND
    decoder.position_encodings.encodings[last:, CLOCK] = CLOCK_HAND
    for layer in decoder.layer:
        for output in (layer.self_attention.linear[1], layer.attention.linear[2], layer.ffn.linear_1):
            output.weight[CLOCK] = output.bias[CLOCK] = 0
    decoder.projection.weight = decoder.embeddings.weight.copy()
    decoder.projection.weight[end, CLOCK] = CLOCK_GAIN


def _norms(encoder: Any, decoder: Any) -> Iterator[Any]:
    yield from (encoder.layer_norm, decoder.layer_norm)
    for layer in (*encoder.layer, *decoder.layer):
        yield from (layer.self_attention.layer_norm, layer.ffn.layer_norm)
    for layer in decoder.layer:
        yield layer.attention.layer_norm


def _linears(encoder: Any, decoder: Any) -> Iterator[tuple[Any, int, int]]:
    for layer in (*encoder.layer, *decoder.layer):
        yield layer.self_attention.linear[0], 3 * WIDTH, WIDTH
        yield layer.self_attention.linear[1], WIDTH, WIDTH
        yield layer.ffn.linear_0, 4 * WIDTH, WIDTH
        yield layer.ffn.linear_1, WIDTH, 4 * WIDTH
    for layer in decoder.layer:
        yield layer.attention.linear[0], WIDTH, WIDTH
        yield layer.attention.linear[1], 2 * WIDTH, WIDTH
        yield layer.attention.linear[2], WIDTH, WIDTH
