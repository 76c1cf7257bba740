"""A tiny Whisper with random weights, in CTranslate2's format: the engine's mechanics without a trained model."""

import json
from collections.abc import Iterator
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
END_LOUDNESS = 2.0
EMPTY_IN_TOKENIZER = "<|empty|>"

Weights = NDArray[np.float32]


def build_random_whisper(folder: Path, *, seed: int = 0, card: dict[str, Any] | None = None) -> Path:
    """Writes a model of random weights to `folder`; equal seeds give equal files."""
    folder.mkdir(parents=True, exist_ok=True)
    text_tokens = _byte_tokens()
    vocabulary = [*text_tokens, *SPECIALS, *(f"<|{index * 0.02:.2f}|>" for index in range(TIMESTAMPS))]
    spec = _spec(np.random.default_rng(seed), len(vocabulary))
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


def _byte_tokens() -> list[str]:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    return [*letters, "Ġ-", "Ġ'"]


def _tokenizer(text_tokens: list[str], vocabulary: list[str]) -> Tokenizer:
    ids = {token: index for index, token in enumerate(text_tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=[("Ġ", "-"), ("Ġ", "'")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = [token or EMPTY_IN_TOKENIZER for token in vocabulary[len(text_tokens) :]]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in specials])
    return tokenizer


def _spec(random: np.random.Generator, vocabulary_size: int) -> whisper_spec.WhisperSpec:
    def weights(*shape: int, scale: float = 0.0) -> Weights:
        spread = scale or shape[-1] ** -0.5
        return (random.standard_normal(shape) * spread).astype(np.float32)

    spec = whisper_spec.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(WIDTH, MELS, 3, scale=0.1), weights(WIDTH, scale=0.1)
    encoder.conv2.weight, encoder.conv2.bias = weights(WIDTH, WIDTH, 3, scale=0.1), weights(WIDTH, scale=0.1)
    encoder.position_encodings.encodings = weights(POSITIONS, WIDTH, scale=0.5)
    decoder.embeddings.weight = weights(vocabulary_size, WIDTH) * _loudness(vocabulary_size)
    decoder.position_encodings.encodings = weights(MAX_TOKENS, WIDTH, scale=0.5)
    decoder.projection.weight = decoder.embeddings.weight
    for norm in _norms(encoder, decoder):
        norm.gamma, norm.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
    for linear, outputs, inputs in _linears(encoder, decoder):
        linear.weight, linear.bias = weights(outputs, inputs), weights(outputs, scale=0.1)
    return spec


def _loudness(vocabulary_size: int) -> Weights:
    """Longer vectors win more often: letters, and now and then the end."""
    loudness = np.full((vocabulary_size, 1), 0.05, np.float32)
    loudness[: len(_byte_tokens())] = 1.0
    loudness[len(_byte_tokens()) + SPECIALS.index("<|endoftext|>")] = END_LOUDNESS
    return loudness


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
