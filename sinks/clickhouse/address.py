"""Where ClickHouse answers, taken out of its URL."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from runtime.loopback import is_loopback

HTTP_PORT = 8123
HTTPS_PORT = 8443


@dataclass(frozen=True, slots=True)
class Address:
    """A checked `http(s)://host:port/path`."""

    is_secure: bool
    host: str
    port: int
    path: str
    """What comes before ClickHouse's own paths, where a gateway serves it under one."""

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return "https" if self.is_secure else "http"

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, which no proxy reaches for it."""
        return is_loopback(self.host)


def address_of(url: str) -> Address:
    """Takes a URL apart that the settings have checked."""
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    port = parts.port or (HTTPS_PORT if is_secure else HTTP_PORT)
    return Address(is_secure, parts.hostname or "", port, parts.path.rstrip("/"))
