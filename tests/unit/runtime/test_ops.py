"""`/healthz` tells a stalled process from a live one; `/metrics` speaks Prometheus."""

import httpx
import pytest

from runtime.errors import PortTaken
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
