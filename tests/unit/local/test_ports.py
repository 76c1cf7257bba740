import socket

import pytest

from local.ports import free_ports, is_free, require_free
from runtime.errors import PortTaken


def test_free_ports_are_different_and_free():
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(is_free(port) for port in ports)


def test_every_taken_port_is_named_with_its_setting():
    free, *taken = free_ports(3)
    with socket.socket() as one, socket.socket() as two:
        for listener, port in zip((one, two), taken, strict=True):
            listener.bind(("127.0.0.1", port))
            listener.listen()
        with pytest.raises(PortTaken) as raised:
            require_free([(free, "FREE"), (taken[0], "ONE"), (taken[1], "TWO")])
    assert f"port {taken[0]} is in use: end what uses it, or set ONE" in str(raised.value)
    assert "TWO" in str(raised.value)
    assert "FREE" not in str(raised.value)
