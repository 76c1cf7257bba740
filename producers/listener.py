"""Hardware that just sends samples: one TCP connection after another, or UDP datagrams."""

import logging
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import closing

from producers.decoding import Block
from producers.live import Arrival, now_us
from producers.raw_pcm import PcmFormat, Unpacker
from runtime.errors import ConfigError, Unavailable
from runtime.listening import bound_socket, place_of, why_not
from schemas.audio import MICROSECONDS

log = logging.getLogger(__name__)
POLL_S = 0.2
READ_BYTES = 65_536
SILENCE_S = 1.0  # no datagram for so long is a gap; less is the jitter of a network
SO_TIMESTAMPNS = 35  # Linux; elsewhere the process's own clock has to do
TIMESPEC = struct.Struct("ll")


class TcpListener:
    """Accepts one sender at a time; the next may come when it has gone."""

    def __init__(self, host: str, port: int, pcm: PcmFormat) -> None:
        """Raises ConfigError for a format that is not known, or an address that cannot be listened on."""
        pcm.check()
        self._pcm = pcm
        self._socket = _bound(socket.SOCK_STREAM, host, port)
        self._socket.listen(1)
        self.port = int(self._socket.getsockname()[1])
        self.name = f"tcp://{place_of(host, self.port)}"

    def listen(self, stop: threading.Event) -> Iterator[Arrival]:
        """What one sender sends, until it hangs up."""
        sender = self._accept(stop)
        if sender is None:
            return
        with closing(sender):
            yield from self._read(sender, stop)
        raise Unavailable("the sender has hung up")

    def close(self) -> None:
        """Listens no longer."""
        self._socket.close()

    def _accept(self, stop: threading.Event) -> socket.socket | None:
        while not stop.is_set():
            try:
                sender, address = self._socket.accept()
            except TimeoutError:
                continue
            log.info("%s: %s sends", self.name, place_of(*address[:2]))
            sender.settimeout(POLL_S)
            return sender
        return None

    def _read(self, sender: socket.socket, stop: threading.Event) -> Iterator[Arrival]:
        unpacker = Unpacker(self._pcm)
        while not stop.is_set():
            try:
                data = sender.recv(READ_BYTES)
            except TimeoutError:
                continue
            except OSError as error:
                raise Unavailable(f"the sender is lost ({error.strerror})") from error
            if not data:
                return
            samples = unpacker.push(data)
            if samples.shape[1]:
                yield Arrival(Block(samples, 0), self._pcm.rate_hz, self._pcm.channels, now_us())


class UdpListener:
    """Takes every datagram in the order of arrival; a datagram that is no whole number of samples is dropped."""

    def __init__(self, host: str, port: int, pcm: PcmFormat) -> None:
        """Raises ConfigError for a format that is not known, or an address that cannot be listened on."""
        pcm.check()
        self._pcm = pcm
        self._socket = _bound(socket.SOCK_DGRAM, host, port)
        if sys.platform == "linux":
            self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.port = int(self._socket.getsockname()[1])
        self.name = f"udp://{place_of(host, self.port)}"
        self.dropped = 0
        """Datagrams that were no whole number of samples."""

    def listen(self, stop: threading.Event) -> Iterator[Arrival]:
        """What arrives, until nothing has come for a second.

        The system's own time of each datagram shows what was lost while this process could not keep up.
        """
        silent_s = 0.0
        heard_at_us: int | None = None
        while not stop.is_set():
            try:
                data, at_us = self._receive()
            except TimeoutError:
                silent_s += POLL_S
                if heard_at_us is not None and silent_s >= SILENCE_S:
                    raise Unavailable(f"no datagram for {SILENCE_S:g} s") from None
                continue
            silent_s = 0.0
            if len(data) % self._pcm.frame_bytes:
                self._drop(len(data))
                continue
            samples = Unpacker(self._pcm).push(data)
            missing = 0 if heard_at_us is None else self._missing(samples.shape[1], at_us - heard_at_us)
            heard_at_us = at_us
            yield Arrival(Block(samples, missing), self._pcm.rate_hz, self._pcm.channels, at_us)

    def close(self) -> None:
        """Listens no longer."""
        self._socket.close()

    def _receive(self) -> tuple[bytes, int]:
        data, ancillary, _, _ = self._socket.recvmsg(READ_BYTES, socket.CMSG_SPACE(TIMESPEC.size))
        for level, kind, stamp in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                seconds, nanoseconds = TIMESPEC.unpack(stamp[: TIMESPEC.size])
                return data, seconds * MICROSECONDS + nanoseconds // 1000
        return data, now_us()

    def _missing(self, samples: int, passed_us: int) -> int:
        """Samples that must have been lost before these, if far more time has passed than they last."""
        missing = passed_us * self._pcm.rate_hz // MICROSECONDS - samples
        return missing if missing > SILENCE_S * self._pcm.rate_hz else 0

    def _drop(self, size: int) -> None:
        self.dropped += 1
        if self.dropped == 1:
            log.warning(
                "%s: a datagram of %d bytes is no whole number of samples (%d channels of %s); such are dropped",
                self.name,
                size,
                self._pcm.channels,
                self._pcm.encoding,
            )


def _bound(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    try:
        bound = bound_socket(kind, host, port)
    except OSError as error:
        raise ConfigError(f"cannot listen on {place_of(host, port)}: {why_not(host, port, error)}") from error
    bound.settimeout(POLL_S)
    return bound
