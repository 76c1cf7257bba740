"""What a process of a test says at its ops port."""

from typing import Any

import httpx

TIMEOUT_S = 10.0


def health_of(port: int) -> dict[str, Any]:
    """Its `/healthz`, whatever the status; nothing while it does not answer yet."""
    try:
        said: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT_S).json()
    except httpx.TransportError:
        return {"ok": False, "lag": -1}
    return said


def metrics_of(port: int) -> str:
    """Its `/metrics`."""
    return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT_S).text
