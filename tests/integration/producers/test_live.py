"""Senders on real sockets: what they send arrives, what they do not send is a marked gap."""

import contextlib
import logging
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import av
import numpy as np
import pytest

from producers.listener import SO_TIMESTAMPNS, TIMESPEC, TcpListener, UdpListener
from producers.live import LiveRun, run_all
from producers.mapping import ONLY, Pick
from producers.network import UrlSource, waits_for_a_sender, without_secrets
from producers.publisher import Publisher
from producers.raw_pcm import PcmFormat
from runtime.errors import ConfigError, Unavailable
from tests.integration.producers.test_publisher import frames_of, settings_for
from tests.support.ports import free_ports
from tests.support.rtsp_server import RtspServer
from tests.support.sound import add_sound, pcm_noise, tone, write_wav
from tests.support.waiting import wait_until

C01 = (Pick(ONLY, "C01"),)
SECOND = 16_000
FAST_S = 0.1


@contextlib.contextmanager
def capturing(broker, session, source, picks=C01):
    """A session with one live source, ended in order at the end of the block."""
    stop = threading.Event()
    with Publisher(session, settings=settings_for(broker)) as publisher:
        publisher.open([pick.channel_id for pick in picks])
        run = LiveRun(publisher, source, picks, stop)
        thread = threading.Thread(target=run_all, args=([run], stop, lambda: None))
        thread.start()
        try:
            yield publisher
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


def heard_s(publisher: Publisher) -> float:
    return sum(status.position_s - status.gap_s for status in publisher.status())


def pcm_of(frames) -> bytes:
    return b"".join(frame.pcm for frame in frames)


def test_tcp_sender_that_hangs_up_and_comes_back_leaves_a_gap(broker, session_id, caplog, monkeypatch):
    monkeypatch.setattr("producers.live.BACKOFF_S", FAST_S)
    caplog.set_level(logging.WARNING, "producers")
    pcm = pcm_noise(2 * SECOND).tobytes()
    listener = TcpListener("127.0.0.1", 0, PcmFormat())
    with contextlib.closing(listener), capturing(broker, session_id, listener) as publisher:
        for half, wanted_s in ((pcm[:SECOND], 0.5), (pcm[SECOND : 2 * SECOND], 1.0)):
            with socket.create_connection(("127.0.0.1", listener.port)) as sender:
                for start in range(0, len(half), 999):
                    sender.sendall(half[start : start + 999])
            wait_until(lambda wanted_s=wanted_s: abs(heard_s(publisher) - wanted_s) < 0.001)
        (status,) = publisher.status()
    frames = frames_of(broker, session_id, "C01")
    assert pcm_of(frames) == pcm[: 2 * SECOND]
    assert status.gap_s == 0 or status.gap_s > 0.05
    assert "is away: the sender has hung up" in caplog.text
    assert "is back: a gap of" in caplog.text


def test_tcp_channels_are_split(broker, session_id):
    samples = np.stack([pcm_noise(SECOND, 1), pcm_noise(SECOND, 2)]).astype("<i4") << 16
    listener = TcpListener("127.0.0.1", 0, PcmFormat(SECOND, 2, "s32le"))
    picks = (Pick(2, "C01"), Pick(1, "C02"))
    with contextlib.closing(listener), capturing(broker, session_id, listener, picks) as publisher:
        with socket.create_connection(("127.0.0.1", listener.port)) as sender:
            sender.sendall(samples.T.tobytes())
        wait_until(lambda: heard_s(publisher) == 2.0)
    assert pcm_of(frames_of(broker, session_id, "C01")) == pcm_noise(SECOND, 2).tobytes()
    assert pcm_of(frames_of(broker, session_id, "C02")) == pcm_noise(SECOND, 1).tobytes()


def test_udp_silence_is_a_gap_of_its_length_and_broken_datagrams_are_dropped(broker, session_id, caplog, monkeypatch):
    monkeypatch.setattr("producers.live.BACKOFF_S", FAST_S)
    monkeypatch.setattr("producers.listener.SILENCE_S", 0.4)
    caplog.set_level(logging.WARNING, "producers")
    pcm = pcm_noise(SECOND).tobytes()
    listener = UdpListener("127.0.0.1", 0, PcmFormat())
    with (
        contextlib.closing(listener),
        capturing(broker, session_id, listener) as publisher,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        started_at = time.monotonic()
        for start in range(0, len(pcm), 1600):
            sender.sendto(pcm[start : start + 1600], ("127.0.0.1", listener.port))
        stopped_at = time.monotonic()
        sender.sendto(b"odd", ("127.0.0.1", listener.port))
        wait_until(lambda: heard_s(publisher) == 1.0)
        wait_until(lambda: "no datagram for" in caplog.text)
        went_on_at = time.monotonic()
        sender.sendto(pcm[:1600], ("127.0.0.1", listener.port))
        at_most_s = time.monotonic() - started_at
        wait_until(lambda: heard_s(publisher) > 1.0)
        (status,) = publisher.status()
    assert pcm_of(frames_of(broker, session_id, "C01")) == pcm + pcm[:1600]
    datagram_s = 0.05
    assert went_on_at - stopped_at - 2 * datagram_s <= status.gap_s <= at_most_s
    assert "a datagram of 3 bytes is no whole number of samples" in caplog.text
    assert listener.dropped == 1


def wait_for_stamps(sender: socket.socket) -> None:
    """Until the system stamps what comes: it begins some time after the first socket has asked for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        probe.bind(("127.0.0.1", 0))

        def is_stamped() -> bool:
            sender.sendto(b"?", probe.getsockname())
            sent_at = time.time()
            time.sleep(0.05)
            _, ((_, _, stamp),), _, _ = probe.recvmsg(1, socket.CMSG_SPACE(TIMESPEC.size))
            seconds, nanoseconds = TIMESPEC.unpack(stamp)
            return bool(seconds + nanoseconds / 1e9 < sent_at + 0.025)

        wait_until(is_stamped)


def test_udp_datagrams_keep_the_time_at_which_the_system_had_them():
    listener = UdpListener("127.0.0.1", 0, PcmFormat())
    with contextlib.closing(listener), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        wait_for_stamps(sender)
        sent_at = []
        for pause_s in (0.0, 1.5):
            time.sleep(pause_s)
            begun_at = time.time()
            sender.sendto(bytes(3200), ("127.0.0.1", listener.port))
            sent_at.append((begun_at, time.time()))
        time.sleep(0.3)  # the listener comes late, and must not take that for a loss
        arrivals = listener.listen(threading.Event())
        first, second = next(arrivals), next(arrivals)
    (first_from, first_to), (second_from, second_to) = sent_at  # a busy machine may take its time within a call
    slack_s, datagram_s = 0.01, 0.1
    apart_s = (second.heard_at_us - first.heard_at_us) / 1e6
    assert second_from - first_to - slack_s <= apart_s <= second_to - first_from + slack_s
    assert second.block.missing / SECOND == pytest.approx(apart_s - datagram_s, abs=slack_s)


def test_stream_over_http_is_sought_again(broker, session_id, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("producers.live.BACKOFF_S", FAST_S)
    caplog.set_level(logging.WARNING, "producers")
    body = write_wav(tmp_path / "a.wav", pcm_noise(8_000)).read_bytes()

    class Radio(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Radio) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        source = UrlSource(f"http://user:secret@127.0.0.1:{server.server_address[1]}/radio.wav")
        with capturing(broker, session_id, source) as publisher:
            wait_until(lambda: heard_s(publisher) >= 1.0)
        server.shutdown()
        thread.join()
    pcm = pcm_of(frames_of(broker, session_id, "C01"))
    assert pcm[: 4 * 8_000] == 2 * pcm_noise(8_000).tobytes()
    assert re.search(r"/radio\.wav is away: (it has ended|broke off after 0\.50 s)", caplog.text)
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("address", "container_format", "codec", "rate_hz"),
    [
        ("udp://127.0.0.1:{port}?pkt_size=1316", "mpegts", "mp2", 48_000),
        ("udp://239.7.7.7:{port}?localaddr=127.0.0.1&pkt_size=1316", "mpegts", "mp2", 48_000),  # multicast
        ("rtp://127.0.0.1:{port}", "rtp", "pcm_mulaw", 8_000),
    ],
)
def test_streams_over_udp(broker, session_id, address, container_format, codec, rate_hz):
    (port,) = free_ports(1)
    url = address.format(port=port)
    with capturing(broker, session_id, UrlSource(url.replace("&pkt_size=1316", ""))) as publisher:
        sent = threading.Event()

        def send() -> None:
            while not sent.is_set():  # the receiver may not listen yet
                with av.open(url, "w", format=container_format) as container:
                    stream = container.add_stream(codec, rate=rate_hz, layout="mono")
                    add_sound(container, stream, tone(1, rate_hz), rate_hz)
                time.sleep(0.1)

        sender = threading.Thread(target=send)
        sender.start()
        wait_until(lambda: heard_s(publisher) > 0.5)
        sent.set()
        sender.join()
    pcm = np.frombuffer(pcm_of(frames_of(broker, session_id, "C01")), "<i2")
    assert np.sqrt(np.mean(pcm[2000:6000].astype(float) ** 2)) == pytest.approx(0.5 / np.sqrt(2) * 32_768, rel=0.1)


def test_camera_over_rtsp_is_heard_to_the_sample_and_sought_again(broker, session_id, caplog, monkeypatch):
    monkeypatch.setattr("producers.live.BACKOFF_S", FAST_S)
    caplog.set_level(logging.WARNING, "producers")
    pcm = pcm_noise(8_000)
    camera = RtspServer(pcm)
    with contextlib.closing(camera), capturing(broker, session_id, UrlSource(camera.url)) as publisher:
        wait_until(lambda: heard_s(publisher) >= 1.0)
    heard = pcm_of(frames_of(broker, session_id, "C01"))
    assert heard[: 4 * 8_000] == 2 * pcm.tobytes()
    assert "/camera is back: a gap of" in caplog.text


def test_server_that_says_nothing_is_told_from_one_that_breaks_off(monkeypatch):
    monkeypatch.setattr("producers.network.TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = UrlSource(f"http://127.0.0.1:{server.getsockname()[1]}/radio")
        with pytest.raises(Unavailable, match=r"/radio: no sound that can be read \(nothing came in time\)"):
            next(source.listen(threading.Event()))


def test_addresses_that_can_never_work():
    with pytest.raises(ConfigError, match="camera: is no address"):
        UrlSource("camera")
    with pytest.raises(ConfigError, match="this FFmpeg does not speak nonsense"):
        next(UrlSource("nonsense://127.0.0.1/").listen(threading.Event()))
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1:9"):
        TcpListener("192.0.2.1", 9, PcmFormat())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://me:you@host:554/a@b", "rtsp://host:554/a@b"),
        ("srt://host:9000?passphrase=a/b c&mode=caller", "srt://host:9000?passphrase=…&mode=caller"),
        ("https://host/live?id=7&Access_Token=abc", "https://host/live?id=7&Access_Token=…"),
        ("udp://239.7.7.7:5004?localaddr=127.0.0.1", "udp://239.7.7.7:5004?localaddr=127.0.0.1"),
    ],
)
def test_secrets_in_an_address_are_not_shown(address, shown):
    assert without_secrets(address) == shown


@pytest.mark.parametrize(
    ("address", "waits"),
    [
        ("srt://0.0.0.0:9000?mode=listener", True),
        ("tcp://0.0.0.0:9000?listen=1", True),
        ("srt://host:9000?mode=caller", False),
        ("srt://host:9000", False),
        ("http://host/listen?listen=0", False),
    ],
)
def test_an_address_that_waits_for_a_sender_is_known(address, waits):
    assert waits_for_a_sender(address) is waits
