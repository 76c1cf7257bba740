"""Recordings that lie beside the checkout and not in it; a test that wants one skips visibly without it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "audio"


def shared_audio(name: str) -> Path:
    """The recording of that name, `faults/gsm610.wav` say."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the recording {name} (recordings are kept beside the checkout, in ../shared/audio)")
    return path
