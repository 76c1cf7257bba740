"""An RTSP server of one camera with sound: L16, mono, 16 kHz, over the connection that asked for it."""

import contextlib
import socket
import struct
import threading

import numpy as np
from numpy.typing import NDArray

PACKET_SAMPLES = 320
SDP = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    b"m=audio 0 RTP/AVP 97\r\na=rtpmap:97 L16/16000/1\r\na=control:track0\r\n"
)


class RtspServer:
    """Plays the samples once to everyone who connects, and hangs up."""

    def __init__(self, samples: NDArray[np.int16]) -> None:
        self._sound = samples.astype(">i2").tobytes()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"rtsp://127.0.0.1:{self._socket.getsockname()[1]}/camera"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, client.makefile("rb") as requests:
            while request := requests.readline():
                method, url, _ = request.split()
                headers = dict(line.strip().split(b": ", 1) for line in iter(requests.readline, b"\r\n"))
                status, more, body = self._answer(method, url, headers)
                client.sendall(b"RTSP/1.0 %s\r\nCSeq: %s\r\n%s\r\n%s" % (status, headers[b"CSeq"], more, body))
                if method == b"PLAY":
                    self._play(client)
                    return

    def _answer(self, method: bytes, url: bytes, headers: dict[bytes, bytes]) -> tuple[bytes, bytes, bytes]:
        if method == b"DESCRIBE":
            kind = b"Content-Type: application/sdp\r\nContent-Base: %s/\r\nContent-Length: %d\r\n" % (url, len(SDP))
            return b"200 OK", kind, SDP
        if method == b"SETUP" and b"TCP" not in headers[b"Transport"]:
            return b"461 Unsupported Transport", b"", b""
        if method == b"SETUP":
            return b"200 OK", b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n", b""
        return b"200 OK", b"Session: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n", b""

    def _play(self, client: socket.socket) -> None:
        for number, start in enumerate(range(0, len(self._sound), 2 * PACKET_SAMPLES)):
            header = struct.pack(">BBHII", 0x80, 97, number, number * PACKET_SAMPLES, 7)
            packet = header + self._sound[start : start + 2 * PACKET_SAMPLES]
            client.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
