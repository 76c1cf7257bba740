"""Sound from an address: HTTP, RTSP, RTMP, RTP, SRT, multicast, whatever this FFmpeg speaks."""

import logging
import re
import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from producers.decoding import Decoder
from producers.live import Arrival, now_us
from runtime.errors import AudioError, ConfigError, Unavailable
from runtime.loopback import is_loopback

log = logging.getLogger(__name__)
TIMEOUT_S = 5.0
SECRET_IN_QUERY = re.compile(r"([?&]\w*(?:pass|token|secret|key|auth)\w*)=[^&]*", re.IGNORECASE)


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

        Where the address itself waits for a sender (`srt://…?mode=listener`), it waits until one calls or until told
        to stop. Raises Unavailable where it breaks off, and ConfigError for an address that this FFmpeg cannot speak
        to.
        """
        decoder = self._opened(stop)
        if decoder is None:
            return
        try:
            for block in decoder.blocks():
                yield Arrival(block, decoder.rate_hz, decoder.channels, now_us())
        except AudioError as error:
            raise Unavailable(str(error)) from error
        finally:
            decoder.close()

    def _opened(self, stop: threading.Event) -> Decoder | None:
        """The source with its sound begun; None where it was told to stop before anybody called."""
        is_told = False
        while not stop.is_set():
            begun_at = time.monotonic()
            try:
                return Decoder(self.name, self._url, _options_for(self._url), timeout_s=TIMEOUT_S)
            except AudioError as error:
                has_waited = time.monotonic() - begun_at >= TIMEOUT_S
                if not (has_waited and waits_for_a_sender(self._url)):
                    raise Unavailable(str(error)) from error
                if not is_told:
                    log.info("%s: no sender yet", self.name)
                    is_told = True
        return None


def waits_for_a_sender(url: str) -> bool:
    """Whether FFmpeg listens at this address, rather than calling it: then its port must not close between tries."""
    asked = parse_qs(urlsplit(url).query)
    return asked.get("mode") == ["listener"] or asked.get("listen", ["0"]) != ["0"]


def _options_for(url: str) -> dict[str, str]:
    """FFmpeg asks the proxy that `http_proxy` names for this machine's own addresses too; an empty one is none."""
    parts = urlsplit(url)
    is_own = parts.scheme in {"http", "https"} and is_loopback(parts.hostname or "")
    return {"http_proxy": ""} if is_own else {}


def without_secrets(url: str) -> str:
    """The address for messages: without a user's name and password, and without the value of a passphrase or token."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return SECRET_IN_QUERY.sub(r"\1=…", f"{scheme}://{host.rpartition('@')[2]}{slash}{path}")
