"""SRT senders on real sockets, where the FFmpeg at hand speaks SRT (docs/operations.md, SRT); else told, not hidden."""

import contextlib
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator

import av
import numpy as np
import pytest

from producers.network import UrlSource
from runtime.errors import ConfigError
from tests.integration.producers.test_live import FAST_S, capturing, heard_s, pcm_of
from tests.integration.producers.test_publisher import frames_of
from tests.support.ports import free_ports
from tests.support.waiting import wait_until

RATE_HZ = 16_000
PASSPHRASE = "a long passphrase"
SENDER = """
import sys, time
import av
import numpy as np
url, rate_hz, samples = sys.argv[1], 48_000, 1152
while True:
    try:
        with av.open(url, "w", format="mpegts") as container:
            stream = container.add_stream("mp2", rate=rate_hz, layout="mono")
            begun_at = time.monotonic()
            for start in range(0, 600 * rate_hz, samples):
                tone = 0.5 * np.sin(2 * np.pi * 440 / rate_hz * np.arange(start, start + samples))
                frame = av.AudioFrame.from_ndarray((tone * 32_767).astype("<i2").reshape(1, -1), "s16", "mono")
                frame.sample_rate, frame.pts = rate_hz, start
                for packet in stream.encode(frame):
                    container.mux(packet)
                time.sleep(max(0.0, begun_at + start / rate_hz - time.monotonic()))
    except (av.error.FFmpegError, OSError):
        time.sleep(0.2)  # nobody is there yet
"""


def speaks_srt() -> bool:
    try:
        av.open("srt://127.0.0.1:1?mode=nonsense", timeout=0.2).close()
    except av.error.ProtocolNotFoundError:
        return False
    except (av.error.FFmpegError, OSError):
        pass
    return True


HAS_SRT = speaks_srt()
with_srt = pytest.mark.skipif(not HAS_SRT, reason="a PyAV whose FFmpeg speaks SRT (docs/operations.md, SRT)")


@contextlib.contextmanager
def sending(url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A sender as a process, killed at the end: SRT then has no word of goodbye."""
    sender = subprocess.Popen([sys.executable, "-c", SENDER, url])
    try:
        yield sender
    finally:
        sender.kill()
        sender.wait()


@pytest.mark.skipif(HAS_SRT, reason="a PyAV whose FFmpeg does not speak SRT")
def test_without_srt_the_way_to_it_is_said():
    with pytest.raises(ConfigError, match=r"does not speak srt; install PyAV with an FFmpeg that does .*SRT"):
        next(UrlSource("srt://127.0.0.1:9000").listen(threading.Event()))


@with_srt
@pytest.mark.parametrize(("ours", "theirs"), [("listener", "caller"), ("caller", "listener")])
def test_a_killed_sender_is_sought_and_its_absence_marked(broker, session_id, caplog, monkeypatch, ours, theirs):
    monkeypatch.setattr("producers.live.BACKOFF_S", FAST_S)
    monkeypatch.setattr("producers.live.BACKOFF_MAX_S", 1.0)
    caplog.set_level(logging.INFO, "producers")
    (port,) = free_ports(1)
    address = f"srt://127.0.0.1:{port}?passphrase={PASSPHRASE}&mode="
    with capturing(broker, session_id, UrlSource(address + ours)) as publisher:
        if ours == "listener":  # its port must be open whenever a sender comes
            wait_until(lambda: "no sender yet" in caplog.text)
        with sending(address + theirs):
            wait_until(lambda: heard_s(publisher) > 2.0)
        wait_until(lambda: "is away" in caplog.text)
        heard_before_s = heard_s(publisher)
        with sending(address + theirs):
            wait_until(lambda: heard_s(publisher) > heard_before_s + 1.0)
        (status,) = publisher.status()
    assert status.gap_s > 0.5
    assert "is back: a gap of" in caplog.text
    assert PASSPHRASE not in caplog.text
    pcm = np.frombuffer(pcm_of(frames_of(broker, session_id, "C01")), "<i2").astype(float)
    loud = np.sqrt(np.mean(pcm[RATE_HZ // 2 : RATE_HZ] ** 2))
    assert loud == pytest.approx(0.5 / np.sqrt(2) * 32_768, rel=0.15)


@with_srt
def test_another_passphrase_gives_no_sound(broker, session_id, caplog, monkeypatch):
    monkeypatch.setattr("producers.live.BACKOFF_S", FAST_S)
    caplog.set_level(logging.INFO, "producers")
    (port,) = free_ports(1)
    mine, theirs = (f"srt://127.0.0.1:{port}?passphrase={PASSPHRASE + end}&mode=" for end in ("", " of others"))
    with sending(theirs + "listener"), capturing(broker, session_id, UrlSource(mine + "caller")) as publisher:
        wait_until(lambda: "is away: " in caplog.text)
    assert heard_s(publisher) == 0
    assert "passphrase=…" in caplog.text
    assert PASSPHRASE not in caplog.text
