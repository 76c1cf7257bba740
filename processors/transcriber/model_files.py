"""Where a model's files are, what its card says, and what identifies it."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from processors.transcriber.card import CARD_FILE, ModelCard, read_card
from runtime.errors import ModelError

TOKENIZER_FILE = "tokenizer.json"
NEEDED = ("model.bin", "config.json", TOKENIZER_FILE)
HASH_LETTERS = 12
PROJECT = Path(__file__).parents[2]
HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
OURS = "models"
"""The folder of our own models, and nobody's name on the hub."""

Download = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model's folder with its card."""

    folder: Path
    card: ModelCard

    def identity(self) -> str:
        """`name/version/hash`: equal for equal weights. Reads the weights once."""
        with (self.folder / "model.bin").open("rb") as weights:
            digest = hashlib.file_digest(weights, "sha256").hexdigest()
        return f"{self.card.name}/{self.card.version}/{digest[:HASH_LETTERS]}"


def find_model(model: str, download: Download) -> ModelFiles:
    """The files of a folder or, through `download`, of a hub name. Raises ModelError."""
    local = _local_folder(model)
    folder = local or Path(download(model))
    missing = [file for file in NEEDED if not (folder / file).is_file()]
    if missing:
        raise ModelError(
            f"EARSHOT_WHISPER__MODEL={model}: no {', '.join(missing)} in {folder}: it must be a folder with a "
            "CTranslate2 Whisper model (ct2-transformers-converter makes one, with --copy_files tokenizer.json)"
        )
    return ModelFiles(folder, _card_of(folder, folder.resolve().name if local else model))


def _local_folder(model: str) -> Path | None:
    """The folder that `model` names, or None where it can only be a hub name."""
    for folder in (Path(model), PROJECT / model):
        if folder.is_dir():
            return folder
    if Path(model).is_file():
        raise ModelError(f"EARSHOT_WHISPER__MODEL={model}: is a file: name the folder that holds model.bin")
    first = Path(model).parts[0] if model else ""
    is_folder = first == OURS or Path(first).is_dir() or (PROJECT / first).is_dir()
    if HUB_NAME.fullmatch(model) and not is_folder:
        return None
    raise ModelError(f"EARSHOT_WHISPER__MODEL={model}: no such folder, and no name of a model on the hub")


def _card_of(folder: Path, name: str) -> ModelCard:
    file = folder / CARD_FILE
    if not file.is_file():
        return ModelCard(name)
    try:
        return read_card(file.read_text(encoding="utf-8"), name)
    except (ValueError, TypeError) as error:
        raise ModelError(f"{file}: {error}") from error
