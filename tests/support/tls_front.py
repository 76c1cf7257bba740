"""TLS in front of a plain server, as a proxy in production would be, in threads of the test."""

import contextlib
import select
import socket
import socketserver
import ssl
import threading
from types import TracebackType
from typing import Self

from tests.support.certificates import Authority, Certificate

PIECE_BYTES = 1 << 16
TURN_S = 0.2


class TlsFront:
    """Listens with `own` certificate and passes everything on to `port`; asks for clients' certificates if told to."""

    def __init__(self, port: int, own: Certificate, clients: Authority | None = None) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(own.cert, own.key)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients.cert)
        ended = threading.Event()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with (
                    contextlib.suppress(OSError),
                    context.wrap_socket(self.request, server_side=True) as near,
                    socket.create_connection(("127.0.0.1", port)) as far,
                ):
                    while not ended.is_set() and _pass_on(near, far):
                        pass

        self._ended = ended
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(TURN_S,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()


def _pass_on(near: ssl.SSLSocket, far: socket.socket) -> bool:
    """Passes on what there is; False once either side has ended."""
    ready = [near] if near.pending() else select.select([near, far], [], [], TURN_S)[0]
    for source, sink in ((near, far), (far, near)):
        if source in ready:
            data = source.recv(PIECE_BYTES)
            if not data:
                return False
            sink.sendall(data)
    return True
