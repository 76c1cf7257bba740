"""`/healthz` tells a stalled process from a live one; `/metrics` speaks Prometheus."""

import httpx
import pytest

from runtime.errors import ConfigError, PortTaken
from runtime.ops import OpsServer
from runtime.progress import Progress
from runtime.settings import OpsSettings


def test_health_and_metrics_over_http() -> None:
    now_s = [0.0]
    progress = Progress(lambda: now_s[0])
    server = OpsServer("sink", OpsSettings(port=0, stall_s=10), progress)
    server.start()
    base = f"http://127.0.0.1:{server.port}"
    try:
        progress.waiting(7)
        assert httpx.get(f"{base}/healthz").json()["lag"] == 7
        assert "earshot_lag_records 7.0" in httpx.get(f"{base}/metrics").text
        now_s[0] = 60
        stalled = httpx.get(f"{base}/healthz")
        assert stalled.status_code == 503
        assert not stalled.json()["ok"]
        assert httpx.get(f"{base}/nothing").status_code == 404
    finally:
        server.stop()


def test_a_taken_port_is_named() -> None:
    first = OpsServer("sink", OpsSettings(port=0), Progress())
    first.start()
    try:
        with pytest.raises(PortTaken, match=rf"{first.port} .*set EARSHOT_LOCAL__OPS_PORT for a stack by `earshot up`"):
            OpsServer("sink", OpsSettings(port=first.port), Progress())
    finally:
        first.stop()


@pytest.mark.parametrize("asked", ["127.0.0.1", "[::1]"])
@pytest.mark.parametrize("host", ["::", "[::]"])
def test_every_address_of_both_families(host: str, asked: str) -> None:
    server = OpsServer("sink", OpsSettings(host=host, port=0), Progress())
    server.start()
    try:
        assert httpx.get(f"http://{asked}:{server.port}/healthz").json()["ok"]
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("192.0.2.1", r"on 192\.0\.2\.1:\d+, as EARSHOT_OPS__HOST .*192\.0\.2\.1 is no address of this machine"),
        ("2001:db8::1", r"on \[2001:db8::1\]:\d+, as .*2001:db8::1 is no address of this machine"),
        ("no such host", "no such host is no address and no name that is known here"),
    ],
)
def test_a_wrong_host_is_not_taken_for_a_taken_port(host: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        OpsServer("sink", OpsSettings(host=host, port=9), Progress())
