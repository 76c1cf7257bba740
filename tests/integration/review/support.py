"""Made speech as fixtures, and a model that says something of it, for tests of review."""

import json
import string
import threading
from pathlib import Path

import numpy as np
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from earshot.cli import cli
from review.fixture import FILE
from review.recording import Placed
from review.replaying import Hooks
from runtime.settings import KafkaSettings, LogSettings, Settings, WhisperSettings, environment_of
from tests.support.random_whisper import build_random_whisper
from tests.support.sound import write_wav

CARD = {"name": "random", "version": "1", "fitted_context": True, "prompts": False}
THRESHOLDS = {"logprob_threshold": -20.0, "compression_ratio_threshold": 50.0}


def settings_of(model: Path, kafka: KafkaSettings) -> Settings:
    """Settings of stages that decode with a random model and keep whatever it says."""
    whisper = WhisperSettings(model=str(model), device="cpu", beam_size=2, **THRESHOLDS)
    return Settings(kafka=kafka, whisper=whisper, log=LogSettings(level="warning", format="json"))


def build_lettered_whisper(folder: Path, seed: int = 8) -> Path:
    """A random model whose text has words: only letters and spaces are loud enough to be said."""
    return build_random_whisper(folder, seed=seed, card=CARD, spoken={*string.ascii_letters, "Ġ"})


def write_fixture(folder: Path, channels: dict[str, NDArray[np.int16]], **facts: object) -> Path:
    """A fixture of plain files."""
    folder.mkdir(parents=True, exist_ok=True)
    for channel, samples in channels.items():
        write_wav(folder / f"{channel}.wav", samples.astype("<i2"))
    entries = {channel: {"file": f"{channel}.wav"} for channel in channels}
    (folder / FILE).write_text(json.dumps({"session": folder.name, "channels": entries, **facts}))
    return folder


def never() -> threading.Event:
    """A stop that does not come."""
    return threading.Event()


def ignore(placed: Placed) -> None:
    """Nobody is told."""


def hooks() -> Hooks:
    """Nobody watches, nobody stops."""
    return Hooks(never(), ignore, lambda: None)


def earshot(settings: Settings, *arguments: str) -> Result:
    """Runs a command of the command line in this process."""
    return CliRunner().invoke(cli, arguments, env=environment_of(settings), catch_exceptions=False)
