from pathlib import Path

import pytest

from processors.transcriber.engine import WhisperEngine, load_engine
from runtime.settings import WhisperSettings
from tests.support.random_whisper import build_random_whisper


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    card = {"name": "random", "version": "1", "fitted_context": True}
    return build_random_whisper(tmp_path_factory.mktemp("whisper") / "random", card=card)


@pytest.fixture(scope="session")
def random_engine(random_model: Path) -> WhisperEngine:
    return load_engine(WhisperSettings(model=str(random_model)))
