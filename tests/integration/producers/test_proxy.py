import contextlib
import threading

from producers.network import UrlSource
from tests.support.http_file import http_file
from tests.support.sound import pcm_noise, write_wav


def test_stream_of_this_machine_is_not_asked_of_a_proxy(monkeypatch, tmp_path):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    body = write_wav(tmp_path / "a.wav", pcm_noise(8_000)).read_bytes()
    with http_file(body) as server:
        arrivals = UrlSource(f"{server.url}/radio.wav").listen(threading.Event())
        with contextlib.closing(arrivals):
            assert next(arrivals).block.samples.shape[1] > 0
    assert server.asked[0] == "/radio.wav"
