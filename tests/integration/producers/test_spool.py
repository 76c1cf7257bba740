"""With a spool: the broker is away, the capture is killed, and every sample arrives, in order, once."""

import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.broker_watch import Waits
from producers.publisher import Publisher
from producers.spool import SpoolFolder
from runtime.errors import ConfigError, Unavailable
from tests.integration.producers.test_publisher import START_US, frames_of, settings_for
from tests.support.sound import pcm_noise
from tests.support.waiting import wait_until

SECOND = 16_000
ROOT = Path(__file__).parents[3]


def assert_whole(kafka, session: str, pcm, channel: str = "C01", lasts: int = 1) -> None:
    frames = frames_of(kafka, session, channel, lasts)
    assert b"".join(frame.pcm for frame in frames) == pcm.tobytes()
    positions = [1536 * number for number in range(len(frames))]
    assert [frame.first_sample for frame in frames] == positions


def test_outage_longer_than_memory_and_a_start_without_a_broker(own_broker, session_id, tmp_path, caplog):
    """60 s of two channels, while the broker is away from the start; then it comes, goes and comes again."""
    caplog.set_level(logging.WARNING, "producers")
    spool = tmp_path / "spool"
    settings = settings_for(own_broker.kafka, buffer_s=1, connect_s=0.5, spool_dir=str(spool))
    pcm = {"C01": pcm_noise(60 * SECOND, 1), "C02": pcm_noise(60 * SECOND, 2)}
    own_broker.kill()
    with Publisher(session_id, settings=settings) as publisher:
        for channel in pcm:
            publisher.write(channel, pcm[channel][: 30 * SECOND])
        wait_until(lambda: publisher.buffered_s > 59)
        own_broker.start()
        wait_until(lambda: publisher.delivered_frames > 0)
        own_broker.kill()
        for channel in pcm:
            publisher.write(channel, pcm[channel][30 * SECOND :])
        own_broker.start()
    assert "is away: recording to the spool" in caplog.text
    for channel, samples in pcm.items():
        assert_whole(own_broker.kafka, session_id, samples, channel)
    assert list(spool.glob("*/*")) == []


def test_killed_capture_leaves_its_frames_to_the_next_one(broker, session_id, tmp_path):
    """The killed process had sent a part that was not acknowledged to it: nothing comes twice."""
    spool = tmp_path / "spool"
    pcm = pcm_noise(4 * SECOND)
    settings = settings_for(broker, spool_dir=str(spool))
    script = f"""
import sys, time
from producers import spool
from producers.publisher import Publisher
from runtime.settings import CaptureSettings, KafkaSettings, Settings
spool.Spool.delivered = lambda self: None  # acknowledgements that come too late
capture = CaptureSettings(spool_dir={str(spool)!r})
settings = Settings(kafka=KafkaSettings(bootstrap={broker.bootstrap!r}), capture=capture)
publisher = Publisher({session_id!r}, settings=settings)
publisher.write("C01", sys.stdin.buffer.read())
while publisher.delivered_frames < 41:
    time.sleep(0.01)
print("written", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(pcm.tobytes())
    process.stdin.close()
    assert process.stdout.readline() == b"written\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert len(list(spool.glob("*/*.spool"))) == 1
    with Publisher(session_id, settings=settings, resume=True) as publisher:
        assert publisher.open(["C01"]) == {"C01": 41 * 1536}
        publisher.replay("C01", SECOND, START_US)
        publisher.write("C01", pcm)
    assert_whole(broker, session_id, pcm)
    assert list(spool.glob("*/*")) == []


def test_stop_while_the_broker_is_away_leaves_all_in_the_spool(own_broker, session_id, tmp_path, monkeypatch):
    monkeypatch.setattr("producers.spooled_outbox.STOP_FLUSH_S", 0.3)
    settings = settings_for(own_broker.kafka, connect_s=0.5, spool_dir=str(tmp_path / "spool"))
    pcm = pcm_noise(5 * SECOND)
    own_broker.kill()
    stop = threading.Event()
    publisher = Publisher(session_id, settings=settings, waits=Waits(stop))
    publisher.write("C01", pcm)
    stop.set()
    with pytest.raises(Unavailable, match=r"5\.\d s of sound .* stay in the spool; the next capture"):
        publisher.close()
    with pytest.raises(ConfigError, match=r"holds sound of session .* that was not sent yet"):
        Publisher(session_id, settings=settings)
    with pytest.raises(Unavailable, match="cannot be resumed while the broker is away"):
        Publisher(session_id, settings=settings, resume=True)
    own_broker.start()
    with Publisher(f"{session_id}-next", settings=settings):
        pass
    assert_whole(own_broker.kafka, session_id, pcm)
    assert SpoolFolder(tmp_path / "spool", 1).sessions() == []


def test_full_spool_holds_the_writer_back_and_says_so_before(own_broker, session_id, tmp_path, caplog):
    caplog.set_level(logging.WARNING, "producers")
    settings = settings_for(own_broker.kafka, connect_s=0.5, spool_dir=str(tmp_path / "spool"), spool_max_gb=0.0005)
    pcm = pcm_noise(30 * SECOND)  # 1 MB
    own_broker.kill()
    with Publisher(session_id, settings=settings) as publisher:
        writer = threading.Thread(target=publisher.write, args=("C01", pcm))
        writer.start()
        wait_until(lambda: " % full" in caplog.text)
        time.sleep(0.2)
        assert writer.is_alive()
        own_broker.start()
        writer.join(30)
        assert not writer.is_alive()
    assert_whole(own_broker.kafka, session_id, pcm)
    assert re.search(r"the spool is 8\d % full: about [34] s of sound still fit", caplog.text)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("the right to mount a disk of memory (root)")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_full_disk_holds_the_writer_back_and_nothing_is_lost(own_broker, session_id, small_disk, caplog):
    caplog.set_level(logging.WARNING, "producers")
    settings = settings_for(own_broker.kafka, connect_s=0.5, spool_dir=str(small_disk))
    pcm = pcm_noise(45 * SECOND)  # 1.4 MB
    own_broker.kill()
    with Publisher(session_id, settings=settings) as publisher:
        writer = threading.Thread(target=publisher.write, args=("C01", pcm))
        writer.start()
        wait_until(lambda: "the spool is full with" in caplog.text)
        assert writer.is_alive()
        own_broker.start()
        writer.join(30)
        assert not writer.is_alive()
    assert_whole(own_broker.kafka, session_id, pcm)
    said = [record.getMessage() for record in caplog.records if "spool is" in record.getMessage()]
    assert re.search(r"the spool is 8\d % full: about [56] s of sound still fit", said[0])
    assert re.search(r"the spool is full with 3\d s of sound .*free some of its disk", said[1])
    assert "the spool has room again" in caplog.text


def test_stop_with_a_full_spool_says_where_to_go_on_and_nothing_is_lost(own_broker, session_id, tmp_path, monkeypatch):
    """What came after the sound that was not taken must not hide it: a resumed session goes on right there."""
    monkeypatch.setattr("producers.spooled_outbox.STOP_FLUSH_S", 0.3)
    settings = settings_for(own_broker.kafka, connect_s=0.5, spool_dir=str(tmp_path / "spool"), spool_max_gb=0.0001)
    pcm = pcm_noise(5 * SECOND)
    own_broker.kill()
    stop = threading.Event()
    threading.Timer(1, stop.set).start()

    def speak() -> None:
        with Publisher(session_id, settings=settings, waits=Waits(stop)) as publisher:
            for start in range(0, pcm.size, 1000):
                publisher.write("C01", pcm[start : start + 1000])

    with pytest.raises(Unavailable, match="stopped with a full spool: C01 from sample 49152 on was not taken"):
        speak()
    own_broker.start()
    with Publisher(session_id, settings=settings, resume=True) as publisher:
        publisher.replay("C01", SECOND, START_US)
        publisher.write("C01", pcm)
    assert_whole(own_broker.kafka, session_id, pcm)
