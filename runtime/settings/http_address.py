"""Addresses of HTTP servers in settings."""

from urllib.parse import urlsplit


def http_fault(url: str) -> str:
    """What is wrong with `http(s)://HOST:PORT/PATH`, without anything of it that may be secret; empty for nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "has a host or port that cannot be: write http://HOST:PORT"
    if parts.username is not None or parts.password is not None:
        return "names a user or password: set them as user and password of this group, not in the address"
    if parts.query or parts.fragment:
        return "has a query (?…) or fragment (#…), which would be dropped: leave it out; `database` is a setting"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return "is no address: write http://HOST:PORT or https://HOST:PORT"
    return ""
