"""The weights that `make weights` fetches, and recordings of people; without either a test skips and says so."""

from pathlib import Path

import pytest

from bench.human.clips import Clip, read_clips
from bench.human.hearing import EIGHT, Ours
from models.real.weights import BASE, TINY_EN, Weights, folder_of
from tests.support.shared_audio import shared_audio


def weights_or_skip(weights: Weights) -> Path:
    folder = folder_of(weights)
    if not (folder / "model.bin").is_file():
        pytest.skip(f"whisper-{weights.name} is not in the cache: `make weights` fetches it")
    return folder


@pytest.fixture(scope="session")
def clips() -> list[Clip]:
    return read_clips(shared_audio("real/manifest.json").parent)


@pytest.fixture(scope="session")
def base() -> Ours:
    return Ours(weights_or_skip(BASE), EIGHT)


@pytest.fixture(scope="session")
def tiny() -> Ours:
    return Ours(weights_or_skip(TINY_EN), ("en",))
