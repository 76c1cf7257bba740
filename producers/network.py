"""Sound from an address: HTTP, RTSP, RTMP, RTP, multicast, whatever this FFmpeg speaks."""

import threading
from collections.abc import Iterator

from producers.decoding import Decoder
from producers.live import Arrival, now_us
from runtime.errors import AudioError, ConfigError, Unavailable

TIMEOUT_S = 5.0


class UrlSource:
    """One address, listened to until it breaks off."""

    def __init__(self, url: str) -> None:
        """Raises ConfigError for an address without a scheme."""
        if "://" not in url:
            raise ConfigError(f"{url}: is no address; write one such as rtsp://camera/1")
        self._url = url
        self.name = without_secrets(url)

    def listen(self, stop: threading.Event) -> Iterator[Arrival]:
        """What arrives, until it breaks off or nothing comes for five seconds.

        Raises Unavailable then, and ConfigError for an address that this FFmpeg cannot speak to.
        """
        try:
            decoder = Decoder(self.name, self._url, timeout_s=TIMEOUT_S)
        except AudioError as error:
            raise Unavailable(str(error)) from error
        try:
            for block in decoder.blocks():
                yield Arrival(block, decoder.rate_hz, decoder.channels, now_us())
        except AudioError as error:
            raise Unavailable(str(error)) from error
        finally:
            decoder.close()


def without_secrets(url: str) -> str:
    """The address without a user's name and password, for messages."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
