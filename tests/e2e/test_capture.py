"""`earshot capture` and the vendor's script, as a user starts them."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from producers.resampling import Resampler
from runtime.kafka import Reader, ReaderOptions
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings
from schemas.topics import CHANNELS
from tests.integration.producers.test_publisher import frames_of
from tests.support.ports import free_ports
from tests.support.sound import pcm_noise, tone, write_encoded, write_wav
from tests.support.waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).parents[2]
STEREO = np.stack([pcm_noise(8_000, 1), pcm_noise(8_000, 2)])


@pytest.fixture
def log(broker: KafkaSettings, monkeypatch) -> KafkaSettings:
    """The broker, for this process and for those that it starts."""
    monkeypatch.setenv("EARSHOT_KAFKA__BOOTSTRAP", broker.bootstrap)
    return broker


def start(*arguments: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "earshot", "capture", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: object) -> tuple[int, str, str]:
    process = start(*arguments)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err
    return process.returncode, out, err


def pcm_of(frames) -> bytes:
    return b"".join(frame.pcm for frame in frames)


def test_sixteen_files_become_sixteen_channels(log, session_id, tmp_path):
    files = [write_wav(tmp_path / f"{channel}.wav", pcm_noise(20_000, seed)) for seed, channel in enumerate(CHANNELS)]
    status, out, err = run(*files, "--session", session_id, "--speed", "max", "--status-json")
    assert status == 0, err
    assert f"done: 224 frames of session {session_id} are in the log" in err
    *levels, summary = [json.loads(line) for line in out.splitlines()]
    assert summary == {"session": session_id, "frames": 224, "stopped": False}
    assert {report["channel"] for report in levels} == set(CHANNELS)
    assert levels[-1]["position_s"] == 1.25
    for seed, channel in ((0, "C01"), (15, "C16")):
        assert pcm_of(frames_of(log, session_id, channel)) == pcm_noise(20_000, seed).tobytes()


def test_multichannel_file_is_mapped_and_played_in_real_time(log, session_id, tmp_path):
    path = write_wav(tmp_path / "stereo.wav", STEREO)
    begun_us = time.time_ns() // 1000
    status, _, err = run(path, "--map", "2:C05,1:C09", "--session", session_id, "--loop", "2")
    assert status == 0, err
    frames = frames_of(log, session_id, "C05")
    assert pcm_of(frames) == np.tile(STEREO[1], 2).tobytes()
    assert pcm_of(frames_of(log, session_id, "C09")) == np.tile(STEREO[0], 2).tobytes()
    assert frames[-1].captured_at - frames[0].captured_at == 10 * 96_000
    ended_us = time.time_ns() // 1000
    assert begun_us < frames[0].captured_at < frames[-1].captured_at < ended_us


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_ends_the_streams_in_order(log, session_id, tmp_path, number):
    path = write_wav(tmp_path / "a.wav", pcm_noise(16_000 * 60))
    process = start(path, "--session", session_id, "--status-json")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["channel"] == "C01"
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    frames = frames_of(log, session_id, "C01")
    assert json.loads(out.splitlines()[-1]) == {"session": session_id, "frames": len(frames), "stopped": True}
    assert "stopped: " in err
    assert pcm_noise(16_000 * 60).tobytes().startswith(pcm_of(frames))


def test_killed_capture_goes_on_to_the_sample(log, session_id, tmp_path):
    """At 44.1 kHz, so that the state of the resampler matters too."""
    samples = (tone(4.0, 44_100) * 32_000).astype(np.int16)
    path = write_wav(tmp_path / "a.wav", samples, 44_100)
    first = start(path, "--session", session_id, "--status-json")
    assert first.stdout is not None
    while json.loads(first.stdout.readline())["position_s"] < 1:
        pass
    first.kill()
    first.communicate()
    status, _, err = run(path, "--session", session_id, "--speed", "max", "--resume")
    assert status == 0, err
    resampler = Resampler(44_100)
    whole = np.concatenate([resampler.push(samples), resampler.flush()])
    frames = frames_of(log, session_id, "C01")
    assert pcm_of(frames) == whole.tobytes()
    assert [frame.first_sample for frame in frames] == list(range(0, whole.size, 1536))


@pytest.mark.parametrize(
    ("arguments", "exit_code", "complaint"),
    [
        (["nope.wav"], 66, "nope.wav: no such file"),
        (["empty.wav"], 66, "empty.wav: is empty (0 bytes)"),
        (["noise.wav"], 66, "noise.wav: no sound that can be read"),
        (["stereo.wav"], 78, "has 2 channels. Say which with --map 1:C01,2:C02"),
        (["stereo.wav", "--map", "1:C77"], 78, "channel 'C77': the channels are C01 to C16"),
        (["stereo.wav", "--speed", "quick"], 78, "speed 'quick' is neither"),
        (["good.wav", "--session", "a/b"], 78, "session id 'a/b': use 1 to 64"),
        (["good.wav", "good.wav", "--channel", "C01,C01"], 78, "C01 named twice"),
        (["good.wav", "--map", "1:C01", "--channel", "C01"], 78, "--map is for one file alone"),
        (["listen", "9000"], 78, "9000: write tcp://HOST:PORT or udp://HOST:PORT"),
        (["listen", "tcp://127.0.0.1"], 78, "names no port"),
        (["stream", "camera"], 78, "camera: is no address"),
    ],
)
def test_mistakes_are_one_clear_line(tmp_path, monkeypatch, capsys, arguments, exit_code, complaint):
    from earshot.cli import main  # noqa: PLC0415 - in process: these end before anything is started

    (tmp_path / "empty.wav").touch()
    (tmp_path / "noise.wav").write_bytes(bytes(range(256)) * 20)
    write_wav(tmp_path / "stereo.wav", STEREO)
    write_wav(tmp_path / "good.wav", STEREO[0])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(["capture", *arguments])
    err = capsys.readouterr().err
    assert caught.value.code == exit_code
    assert complaint in err
    assert err.count("\n") == 1


def test_hardware_that_sends_bare_samples(log, session_id):
    pcm = pcm_noise(16_000)
    (port,) = free_ports(1)
    process = start("listen", f"tcp://127.0.0.1:{port}", "--session", session_id, "--channel", "C04", "--status-json")
    assert process.stderr is not None
    assert process.stdout is not None
    while "listening on" not in process.stderr.readline():
        pass
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(pcm.tobytes())
        while json.loads(process.stdout.readline())["position_s"] < 1:
            pass
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert pcm_of(frames_of(log, session_id, "C04")) == pcm.tobytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stream_that_is_away_is_sought_until_it_is_stopped(log, session_id, number):
    process = start("stream", "http://127.0.0.1:1/radio", "--session", session_id)
    assert process.stderr is not None
    said = ""
    while "is away" not in said:
        said = process.stderr.readline()
        assert said
    assert "http://127.0.0.1:1/radio is away: no sound that can be read (Connection refused)" in said
    assert "seeking it until stopped" in said
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert f"stopped: 0 frames of session {session_id} are in the log" in err


def test_broken_and_clipped_samples_are_told(log, session_id, tmp_path):
    samples = tone(1.0)
    samples[100:150] = np.nan
    samples[200:204] = 3
    path = write_encoded(tmp_path / "a.wav", "pcm_f32le", "flt", samples, 16_000)
    status, out, err = run(path, "--session", session_id, "--speed", "max", "--status-json")
    assert status == 0, err
    assert "C01: samples that are no numbers (NaN, infinite) come in: silence takes their place" in err
    assert "C01 50 samples that were no numbers (NaN, infinite), made silence: mend the source" in err
    assert "C01 4 samples at full scale: lower the level at the source" in err
    assert json.loads(out.splitlines()[-2])["not_finite"] == 50
    pcm = np.frombuffer(pcm_of(frames_of(log, session_id, "C01")), "<i2")
    assert not pcm[100:150].any()
    assert (pcm[200:204] == 32_767).all()


def test_spool_option(log, session_id, tmp_path):
    pcm = pcm_noise(16_000)
    path = write_wav(tmp_path / "a.wav", pcm)
    status, _, err = run(path, "--session", session_id, "--speed", "max", "--spool", tmp_path / "spool")
    assert status == 0, err
    assert pcm_of(frames_of(log, session_id, "C01")) == pcm.tobytes()
    assert [file.name for file in (tmp_path / "spool").iterdir()] == ["lock"]


def test_broker_absent_at_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_KAFKA__BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("EARSHOT_CAPTURE__CONNECT_S", "1")
    status, _, err = run(write_wav(tmp_path / "a.wav", STEREO[0]))
    assert status == 69
    assert "no broker answers at 127.0.0.1:1" in err


def test_vendor_script(log, session_id):
    pcm = (tone(2.0, 48_000) * 32_000).astype("<i2").tobytes()
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "vendor_script.py", session_id],
        input=pcm,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    got = np.frombuffer(pcm_of(frames_of(log, session_id, "C01")), "<i2")
    assert got.size == 32_000
    assert np.abs(got[500:-500] - tone(2.0)[500:-500] * 32_000).max() < 8


def start_vendor_script(session: str) -> subprocess.Popen:
    """The script, with a second of sound in its pipe, which stays open."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "vendor_script.py", session],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write((tone(1.0, 48_000) * 32_000).astype("<i2").tobytes())
    process.stdin.flush()
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_vendor_script_that_is_told_to_stop_ends_its_stream(log, session_id, number):
    process = start_vendor_script(session_id)
    wait_for_frames(log, session_id)
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, b"")
    frames = frames_of(log, session_id, "C01")
    assert frames[-1].last
    assert sum(len(frame.pcm) // 2 for frame in frames) == 16_000


def test_vendor_script_that_is_told_to_stop_without_a_broker_says_what_it_lost(own_broker, session_id, monkeypatch):
    monkeypatch.setenv("EARSHOT_KAFKA__BOOTSTRAP", own_broker.kafka.bootstrap)
    process = start_vendor_script(session_id)
    wait_for_frames(own_broker.kafka, session_id)
    own_broker.kill()
    process.stdin.write((tone(1.0, 48_000) * 32_000).astype("<i2").tobytes())
    process.stdin.flush()
    assert b"is away: holding" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 69
    last = err.splitlines()[-1]
    assert re.fullmatch(
        rb"the broker at \S+ is away: the last [01]\.\d s of sound .* were not sent; with a spool .*", last
    )


def wait_for_frames(kafka: KafkaSettings, session: str) -> None:
    """Returns once the log has frames of the session on C01."""
    wait_until(lambda: "audio.pcm.C01" in Admin(kafka).partitions())
    with Reader(kafka, ReaderOptions(topics=("audio.pcm.C01",))) as reader:
        wait_until(lambda: any(record.key == session.encode() for record in reader.read(1000, 0.1)))


def test_vendor_script_has_ten_lines():
    code = (ROOT / "examples" / "vendor_script.py").read_text().split('"""')[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
