"""A checkpoint as a CTranslate2 model that faster-whisper loads.

python -m models.training.export --out models/demo [--weights average]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import whisper_spec
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from models.training import tokens
from models.training.network import GUIDED_HEAD, MEL_BINS, POSITIONS, Shape, sinusoids
from models.training.run import RunFolder
from models.training.tokens import Vocabulary

CONTEXT_MARGIN_S = 0.5
CONTEXT_BUCKET_S = 2.5
NAME = "earshot-demo"
WELL_PROMPTED = True
"""Whether text before the sound does no harm, as the exam tells."""
_BEGIN_SUPPRESSED: list[int] = []
"""Nothing: an empty answer is right where nothing is said."""

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Card:
    """What the exported model says of itself."""

    version: str
    steps: int
    quantization: str = "int8"


def export(folder: RunFolder, state: Mapping[str, Any], weights: str, out: Path) -> None:
    """Write model.bin, config.json, tokenizer.json, vocabulary.json, preprocessor_config.json and earshot.json."""
    vocabulary = folder.vocabulary()
    arrays = {name: value.float().numpy() for name, value in state[weights].items()}
    shape = Shape(vocabulary.size, len(arrays["phones.bias"]), vocabulary.time(0))
    arrays["positions"] = sinusoids(POSITIONS, shape.width).numpy()
    out.mkdir(parents=True, exist_ok=True)
    card = Card(version=f"1.{state['step']}", steps=int(state["step"]))
    with tempfile.TemporaryDirectory() as scratch:
        specification(arrays, shape, vocabulary, card.quantization).save(scratch)
        for name in ("model.bin", "config.json", "vocabulary.json"):
            (out / name).write_bytes((Path(scratch) / name).read_bytes())
    tokens.with_specials(vocabulary.pieces).save(str(out / "tokenizer.json"))
    _write_json(out / "preprocessor_config.json", _features())
    _write_json(out / "earshot.json", _card(out / "model.bin", card))


def specification(weights: Weights, shape: Shape, vocabulary: Vocabulary, quantization: str) -> Any:
    """The network as CTranslate2 knows it."""
    spec = whisper_spec.WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    _fill_encoder(spec.encoder, weights, shape)
    _fill_decoder(spec.decoder, weights, shape)
    pieces = vocabulary.pieces
    names = [pieces.id_to_token(number) for number in range(pieces.get_vocab_size())]
    spec.register_vocabulary([*names, *tokens.special_names()])
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = _BEGIN_SUPPRESSED
    spec.config.lang_ids = [vocabulary.special("<|en|>"), vocabulary.special("<|ko|>")]
    spec.config.alignment_heads = [[shape.decoder_layers - 1, GUIDED_HEAD]]
    spec.validate()
    spec.optimize(quantization=quantization)
    return spec


def _fill_encoder(encoder: Any, weights: Weights, shape: Shape) -> None:
    for number, channels in ((1, MEL_BINS), (2, shape.width)):
        kernel = weights[f"conv{number}.weight"].reshape(shape.width, 3, channels)
        convolution = getattr(encoder, f"conv{number}")
        convolution.weight = np.ascontiguousarray(kernel.transpose(0, 2, 1))
        convolution.bias = weights[f"conv{number}.bias"]
    encoder.position_encodings.encodings = weights["positions"]
    _norm(encoder.layer_norm, weights, "norm_sound")
    for number, layer in enumerate(encoder.layer):
        _fill_layer(layer, weights, f"encoder.{number}")


def _fill_decoder(decoder: Any, weights: Weights, shape: Shape) -> None:
    decoder.embeddings.weight = weights["embedding"]
    decoder.position_encodings.encodings = weights["text_positions"]
    decoder.scale_embeddings = False
    decoder.projection.weight = decoder.embeddings.weight
    _norm(decoder.layer_norm, weights, "norm_text")
    for number, layer in enumerate(decoder.layer):
        prefix = f"decoder.{number}"
        _fill_layer(layer, weights, prefix)
        _norm(layer.attention.layer_norm, weights, f"{prefix}.norm_cross")
        for index, part in enumerate(("q", "kv", "out")):
            _linear(layer.attention.linear[index], weights, f"{prefix}.cross.{part}")


def _fill_layer(layer: Any, weights: Weights, prefix: str) -> None:
    _norm(layer.self_attention.layer_norm, weights, f"{prefix}.norm_attention")
    _linear(layer.self_attention.linear[0], weights, f"{prefix}.attention.qkv")
    _linear(layer.self_attention.linear[1], weights, f"{prefix}.attention.out")
    _norm(layer.ffn.layer_norm, weights, f"{prefix}.norm_wide")
    _linear(layer.ffn.linear_0, weights, f"{prefix}.widen")
    _linear(layer.ffn.linear_1, weights, f"{prefix}.narrow")


def _linear(target: Any, weights: Weights, name: str) -> None:
    target.weight, target.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _norm(target: Any, weights: Weights, name: str) -> None:
    target.gamma, target.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _features() -> dict[str, Any]:
    """Whisper's own feature settings, so that faster-whisper needs no guess."""
    extractor = FeatureExtractor()
    names = ("sampling_rate", "hop_length", "chunk_length", "n_fft")
    return {"feature_size": MEL_BINS, **{name: getattr(extractor, name) for name in names}}


def _card(model: Path, card: Card) -> dict[str, Any]:
    return {
        "name": NAME,
        "version": card.version,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "languages": ["en", "ko"],
        "fitted_context": True,
        "context_margin_s": CONTEXT_MARGIN_S,
        "context_bucket_s": CONTEXT_BUCKET_S,
        "prompts": WELL_PROMPTED,
        "hotwords": WELL_PROMPTED,
        "training_steps": card.steps,
    }


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache/earshot/training")
    parser.add_argument("--out", type=Path, default=Path("models/demo"))
    parser.add_argument("--weights", choices=("weights", "average"), default="average")
    chosen = parser.parse_args()
    folder = RunFolder(chosen.folder)
    state = folder.saved()
    if state is None:
        parser.error(f"no checkpoint in {chosen.folder}")
    export(folder, state, chosen.weights, chosen.out)


if __name__ == "__main__":
    main()
