"""`earshot capture device` through the real PortAudio, on a card that ALSA plays from a file.

Needs PortAudio and ALSA's file plugin; without them the same code is held by the cards on the desk.
"""

import json
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.test_capture import ROOT, pcm_of, start
from tests.integration.producers.test_publisher import frames_of
from tests.support.sound import pcm_noise
from tests.support.sound_cards import as_int32

SYSTEM_CONFIG = Path("/usr/share/alsa/alsa.conf")
CARD = """
<{system}>
pcm.desk {{
    type plug
    slave {{ format S32_LE rate 16000 channels {channels}
        pcm {{ type file slave.pcm null file "/dev/null" infile "{file}" format raw }} }}
    hint {{ show on description "desk" }}
}}
"""
pytestmark = pytest.mark.timeout(150)


def has_portaudio() -> bool:
    try:
        import_module("sounddevice")
    except (ImportError, OSError):
        return False
    return SYSTEM_CONFIG.exists()


@pytest.fixture
def samples(tmp_path, monkeypatch) -> np.ndarray:
    """What the card called `desk` captures first, on 16 inputs; it is not paced.

    The card is one of 32 bits, because ALSA's file plugin skips samples when another plugin converts them.
    """
    if not has_portaudio():
        pytest.skip("PortAudio or ALSA is not installed")
    samples = np.stack([pcm_noise(16_000, seed) for seed in range(16)])
    (tmp_path / "desk.raw").write_bytes(as_int32(samples).astype("<i4").tobytes())
    config = tmp_path / "alsa.conf"
    config.write_text(CARD.format(system=SYSTEM_CONFIG, channels=16, file=tmp_path / "desk.raw"))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    return samples


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "earshot", "capture", "device", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_list_names_the_card(samples):
    done = run("--list")
    assert done.returncode == 0, done.stderr
    assert "desk" in done.stdout


def test_card_that_is_not_there(samples):
    done = run("line-in-9")
    assert done.returncode == 78
    assert "earshot: device 'line-in-9' is not there" in done.stderr


def test_sixteen_inputs_of_a_card_arrive_to_the_sample(broker, session_id, samples, monkeypatch):
    monkeypatch.setenv("EARSHOT_KAFKA__BOOTSTRAP", broker.bootstrap)
    picks = ",".join(f"{number}:C{number:02d}" for number in range(1, 17))
    process = start("device", "desk", "--rate", 16_000, "--map", picks, "--session", session_id, "--status-json")
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["position_s"] < 1:
        pass
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    for number in (1, 8, 16):
        pcm = pcm_of(frames_of(broker, session_id, f"C{number:02d}"))
        assert pcm[: samples.shape[1] * 2] == samples[number - 1].tobytes()


def test_meter_shows_every_input_and_publishes_nothing(samples):
    process = start("device", "desk", "--rate", 16_000, "--meter", "--status-json")
    assert process.stdout is not None
    report = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert report["channel"] == "1"
    assert -15 < report["level_dbfs"] < 0
