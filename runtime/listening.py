"""Sockets to listen on, of either address family, and what is wrong where there is none."""

import errno
import socket

EVERY_ADDRESS = "::"


def bound_socket(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    """A socket bound to a name or address of this machine, without or with brackets; port 0 is any free one.

    `::` is every address, of IPv4 too. Raises OSError, for which `why_not` has words.
    """
    host = host.strip("[]")
    family, _, _, _, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
    bound = socket.socket(family, kind)
    try:
        if host == EVERY_ADDRESS:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if kind == socket.SOCK_STREAM:  # else two processes may share a port of datagrams, and one hears nothing
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def place_of(host: str, port: int) -> str:
    """`host:port`, with brackets around an address of IPv6."""
    host = host.strip("[]")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_taken(error: OSError) -> bool:
    """Whether another holds the port."""
    return error.errno == errno.EADDRINUSE


def why_not(host: str, port: int, error: OSError) -> str:
    """Why nothing can listen there, and what could."""
    if isinstance(error, socket.gaierror):
        return f"{host} is no address and no name that is known here; 127.0.0.1 is this machine alone, :: everybody"
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} is in use: end what uses it, or choose another"
        case errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine; 127.0.0.1 is this machine alone, :: everybody"
        case errno.EACCES:
            return f"port {port} is not for this user: choose one from 1024 on"
        case errno.EAFNOSUPPORT:
            return f"this machine has no IPv6, of which {host} is: write 127.0.0.1 or 0.0.0.0"
        case _:
            return error.strerror or type(error).__name__
