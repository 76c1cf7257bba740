import errno
import socket

import pytest

from runtime.listening import bound_socket, is_taken, place_of, why_not


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_port_that_another_holds_is_taken(kind):
    with bound_socket(kind, "127.0.0.1", 0) as first:
        if kind == socket.SOCK_STREAM:
            first.listen()
        port = first.getsockname()[1]
        with pytest.raises(OSError, match="in use") as raised:
            bound_socket(kind, "127.0.0.1", port)
    assert is_taken(raised.value)
    assert why_not("127.0.0.1", port, raised.value) == f"port {port} is in use: end what uses it, or choose another"


def test_every_address_hears_ipv4_too():
    with bound_socket(socket.SOCK_DGRAM, "::", 0) as heard, socket.socket(type=socket.SOCK_DGRAM) as sender:
        heard.settimeout(5)
        sender.sendto(b"sound", ("127.0.0.1", heard.getsockname()[1]))
        assert heard.recv(9) == b"sound"


def test_name_of_this_machine():
    with bound_socket(socket.SOCK_STREAM, "localhost", 0) as bound:
        assert bound.getsockname()[0] in {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "studio is no address and no name"),
        (OSError(errno.EADDRNOTAVAIL, "x"), "studio is no address of this machine"),
        (OSError(errno.EACCES, "x"), "port 80 is not for this user: choose one from 1024 on"),
        (OSError(errno.EAFNOSUPPORT, "x"), "this machine has no IPv6"),
        (OSError(errno.ENOMEM, "no memory"), "no memory"),
    ],
)
def test_what_is_wrong_is_said(error, words):
    assert why_not("studio", 80, error).startswith(words)


def test_place_has_brackets_where_colons_would_mislead():
    assert place_of("::", 9) == place_of("[::]", 9) == "[::]:9"
    assert place_of("127.0.0.1", 9) == "127.0.0.1:9"
