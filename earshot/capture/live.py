"""`earshot capture stream` and `earshot capture listen`: sound from the network, until it is stopped."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import click

from earshot.capture.session import Tick, run_session, session_options, take_session_options
from producers.listener import TcpListener, UdpListener
from producers.live import LiveRun, LiveSource, run_all
from producers.mapping import ONLY, Pick, channels_for, parse_map
from producers.network import UrlSource
from producers.publisher import Publisher
from producers.raw_pcm import ENCODINGS, PcmFormat
from runtime.errors import ConfigError
from runtime.process import Process

Sources = Sequence[tuple[LiveSource, tuple[Pick, ...]]]
LISTENERS: dict[str, type[TcpListener | UdpListener]] = {"tcp": TcpListener, "udp": UdpListener}


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL…")
@click.option("--channel", metavar="C01,…", help="Channel of each address. Default: C01 on.")
@click.option("--map", metavar="1:C01,…", help="Channels of one multichannel address; mix:C01 mixes all into one.")
@session_options
def stream(urls: tuple[str, ...], channel: str | None, map: str | None, **arguments: Any) -> None:
    """Publish live streams (HTTP, RTSP, RTMP, RTP, multicast …) until stopped; what breaks off is sought again."""
    session = take_session_options(arguments)
    sources = [UrlSource(url) for url in urls]
    play_live(session, list(zip(sources, picks_of(urls, channel, map), strict=True)))


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="tcp://HOST:PORT|udp://HOST:PORT…")
@click.option("--rate", default=16_000, show_default=True, metavar="HZ", help="Sample rate of the senders.")
@click.option("--channels", default=1, show_default=True, help="Interleaved channels of a sender.")
@click.option("--encoding", default="s16le", show_default=True, type=click.Choice(ENCODINGS), help="Type of a sample.")
@click.option("--channel", metavar="C01,…", help="Channel of each address. Default: C01 on.")
@click.option("--map", metavar="1:C01,…", help="Channels of one multichannel sender; mix:C01 mixes all into one.")
@session_options
def listen(addresses: tuple[str, ...], channel: str | None, map: str | None, **arguments: Any) -> None:
    """Listen for hardware that sends bare samples over TCP or UDP, until stopped."""
    session = take_session_options(arguments)
    pcm = PcmFormat(arguments["rate"], arguments["channels"], arguments["encoding"])
    picks = picks_of(addresses, channel, map)
    sources = [listener_at(address, pcm) for address in addresses]
    for source in sources:
        click.echo(f"listening on {source.name}", err=True)
    play_live(session, list(zip(sources, picks, strict=True)))


def play_live(session: Any, sources: Sources) -> None:
    """Publishes the sources until told to stop."""
    channels = [pick.channel_id for _, picks in sources for pick in picks]

    def play(publisher: Publisher, process: Process, tick: Tick) -> list[str]:
        publisher.open(channels)
        runs = [LiveRun(publisher, source, picks, process.stop) for source, picks in sources]
        run_all(runs, process.stop, tick)
        return []

    run_session(session, channels, play)


def picks_of(names: Sequence[str], channel: str | None, map_text: str | None) -> list[tuple[Pick, ...]]:
    """What is taken of each source. Raises ConfigError where the options do not fit together."""
    if map_text is None:
        return [(Pick(ONLY, channel_id),) for channel_id in channels_for(names, channel)]
    if channel is not None or len(names) > 1:
        raise ConfigError("--map is for one source alone, without --channel: run a second capture for others")
    return [parse_map(map_text)]


def listener_at(address: str, pcm: PcmFormat) -> TcpListener | UdpListener:
    """The listener for `tcp://host:port` or `udp://host:port`. Raises ConfigError for another address."""
    parts = urlsplit(address)
    try:
        listener = LISTENERS[parts.scheme]
        host, port = parts.hostname or "0.0.0.0", parts.port  # noqa: S104 - every address, as asked for
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{address}: write tcp://HOST:PORT or udp://HOST:PORT, as in tcp://0.0.0.0:9000") from error
    if port is None:
        raise ConfigError(f"{address}: names no port; write it as in tcp://0.0.0.0:9000")
    return listener(host, port, pcm)
