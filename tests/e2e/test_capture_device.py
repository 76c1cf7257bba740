"""`earshot capture device` through the real PortAudio, on a card that ALSA plays from a file.

Needs PortAudio and ALSA's file plugin; without them the same code is held by the cards on the desk.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from tests.e2e.test_capture import ROOT, pcm_of, start
from tests.integration.producers.test_publisher import frames_of
from tests.support.sound import pcm_noise, write_wav

PlugIn = Callable[..., None]


@pytest.fixture
def samples(plug_in: PlugIn) -> np.ndarray:
    """What a card called `desk` captures, on 16 inputs."""
    samples = np.stack([pcm_noise(16_000, seed) for seed in range(16)])
    plug_in("desk", samples)
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


def test_a_card_and_a_file_give_the_same_samples(broker, session_id, plug_in, tmp_path, monkeypatch):
    """At 48 kHz, by way of the resampler; the packets of a card are not the blocks of a file."""
    monkeypatch.setenv("EARSHOT_KAFKA__BOOTSTRAP", broker.bootstrap)
    samples = np.stack([pcm_noise(72_000, 1), pcm_noise(72_000, 2)])
    plug_in("line", samples, 48_000)
    capture_until(1.4, "device", "line", "--rate", 48_000, "--map", "1:C01,2:C02", "--session", session_id)
    path = write_wav(tmp_path / "line.wav", samples, 48_000)
    played = start(path, "--map", "1:C03,2:C04", "--session", session_id, "--speed", "max")
    _, err = played.communicate(timeout=60)
    assert played.returncode == 0, err
    for card, file in (("C01", "C03"), ("C02", "C04")):
        from_file = pcm_of(frames_of(broker, session_id, file))[: 2 * 23_000]  # the end of a file bends its last ones
        assert pcm_of(frames_of(broker, session_id, card))[: 2 * 23_000] == from_file


def test_two_cards_at_once(broker, session_id, plug_in, samples, monkeypatch):
    """They are opened by a thread each, and PortAudio is not made for that."""
    monkeypatch.setenv("EARSHOT_KAFKA__BOOTSTRAP", broker.bootstrap)
    plug_in("line", samples[:2])
    maps = ("--map", "16:C01", "--map", "2:C02")
    capture_until(0.9, "device", "desk", "line", "--rate", 16_000, *maps, "--session", session_id)
    for channel, number in (("C01", 16), ("C02", 2)):
        assert pcm_of(frames_of(broker, session_id, channel))[:28_000] == samples[number - 1, :14_000].tobytes()


def capture_until(position_s: float, *arguments: object) -> None:
    """Captures until every channel that is heard has got so far."""
    process = start(*arguments, "--status-json")
    assert process.stdout is not None
    reached: dict[str, float] = {}
    while len(reached) < 2 or min(reached.values()) < position_s:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        report = json.loads(line)
        reached[report["channel"]] = report["position_s"]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
