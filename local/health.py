"""What a service says of itself on `/healthz`."""

import http.client
import json
from dataclasses import dataclass

from local.ports import HOST
from runtime.errors import ConfigError

TIMEOUT_S = 2.0
_ASKED_AT = frozenset({HOST, "localhost", "0.0.0.0", "::", ""})  # noqa: S104 - named, not listened on


@dataclass(frozen=True, slots=True)
class Health:
    """One answer."""

    ok: bool
    reason: str = ""
    """Why it is not ok."""
    held_up_by: str = ""
    """The server that its work waits for."""
    lag: int = 0
    """Records that wait for it."""


def require_askable(ops_host: str) -> None:
    """Raises ConfigError where services that listen on this address could not be asked over the loopback address."""
    if ops_host.strip("[]") not in _ASKED_AT:
        raise ConfigError(
            f"EARSHOT_OPS__HOST is {ops_host}: a stack by `earshot up` asks its services at {HOST}, so they must "
            f"listen there too: leave it at {HOST}, or set 0.0.0.0 or :: for every address"
        )


def health_at(port: int) -> Health | None:
    """The health of the service whose ops port this is; None if it does not answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        said = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return Health(
        ok=bool(said.get("ok")),
        reason=str(said.get("reason", "")),
        held_up_by=str(said.get("held_up_by", "")),
        lag=int(said.get("lag", 0)),
    )


def answers_ping(port: int) -> bool:
    """Whether ClickHouse's HTTP interface answers at the port."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
