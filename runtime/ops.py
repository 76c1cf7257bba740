"""`/healthz` and `/metrics` of one process, on one port."""

import json
import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest

from runtime.errors import ConfigError, PortTaken
from runtime.listening import bound_socket, is_taken, place_of, why_not
from runtime.progress import Progress
from runtime.settings import OpsSettings

log = logging.getLogger(__name__)

LAG = Gauge("earshot_lag_records", "Records that wait for this process")
BEAT_AGE = Gauge("earshot_loop_age_seconds", "Time since the loop last turned")
BROKER_AWAY = Gauge("earshot_broker_away_seconds", "Time for which no broker has answered; 0 while one does")


class OpsServer:
    """Answers from a thread of its own, so that a busy loop cannot make it look dead, nor a dead one alive."""

    def __init__(self, stage: str, ops: OpsSettings, progress: Progress) -> None:
        self._server = _bind(stage, ops, progress)
        self._thread = threading.Thread(target=self._server.serve_forever, name="ops", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stops answering and frees the port."""
        self._server.shutdown()
        self._server.server_close()


def health_of(stage: str, progress: Progress, stall_s: float) -> dict[str, object]:
    """What `/healthz` says; `ok` is false for a stalled process, and one that works amid a fault."""
    reason = progress.stalled(stall_s) or progress.fault
    return {
        "stage": stage,
        "ok": not reason,
        "reason": reason,
        "lag": progress.lag,
        "held_up_by": progress.held_up_by,
        "loop_age_s": round(progress.beat_age_s, 3),
        "work_age_s": round(progress.done_age_s, 3),
        "broker_away_s": round(progress.away_s, 3),
    }


def _bind(stage: str, ops: OpsSettings, progress: Progress) -> ThreadingHTTPServer:
    LAG.set_function(lambda: progress.lag)
    BEAT_AGE.set_function(lambda: progress.beat_age_s)
    BROKER_AWAY.set_function(lambda: progress.away_s)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/healthz":
                health = health_of(stage, progress, ops.stall_s)
                self._answer(200 if health["ok"] else 503, "application/json", json.dumps(health).encode())
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY))
            else:
                self._answer(404, "text/plain", b"/healthz or /metrics\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            log.debug(format, *args)

    return _served_at(ops.host, ops.port, Handler)


def _served_at(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    place = place_of(host, port)
    try:
        bound = bound_socket(socket.SOCK_STREAM, host, port)
    except OSError as error:
        if is_taken(error):
            raise PortTaken(
                f"cannot serve /healthz and /metrics on {place} ({error.strerror}): end what uses the port, or set "
                "EARSHOT_LOCAL__OPS_PORT for a stack by `earshot up`, EARSHOT_OPS__PORT for a process of its own"
            ) from error
        raise ConfigError(
            f"cannot serve /healthz and /metrics on {place}, as EARSHOT_OPS__HOST and EARSHOT_OPS__PORT say: "
            f"{why_not(host, port, error)}"
        ) from error
    server = ThreadingHTTPServer((host, port), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = bound
    server.server_address = bound.getsockname()[:2]
    server.server_activate()
    return server
