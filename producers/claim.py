"""Claims: which of several captures that begin at once has a channel. The order of the log decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.admission import EARLIEST_US
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import AudioFrame

CLAIM_HEADER = "earshot-claim"
RELEASE_HEADER = "earshot-release"
CHANNELS_HEADER = "earshot-channels"
Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A capture's word, among a channel's frames, that it records that channel of the session."""

    capture_id: str
    channels: frozenset[str]
    """All that the capture claimed by the same word; the channel where it stands is one of them."""

    def headers(self) -> tuple[tuple[str, bytes], ...]:
        """What says so beside the record's value."""
        return (CLAIM_HEADER, self.capture_id.encode()), (CHANNELS_HEADER, ",".join(sorted(self.channels)).encode())

    def release_headers(self) -> tuple[tuple[str, bytes], ...]:
        """What says that the capture has given the channel up, without any sound."""
        return ((RELEASE_HEADER, self.capture_id.encode()),)


def claim_in(headers: Headers) -> Claim | None:
    """The claim that a record's headers hold."""
    values = dict(headers)
    if CLAIM_HEADER not in values:
        return None
    channels = values.get(CHANNELS_HEADER, b"").decode(errors="replace")
    return Claim(values[CLAIM_HEADER].decode(errors="replace"), frozenset(channels.split(",")))


def released_in(headers: Headers) -> str | None:
    """The id of the capture that gives the channel up by this record."""
    value = dict(headers).get(RELEASE_HEADER)
    return None if value is None else value.decode(errors="replace")


def claim_frame(session_id: str, channel_id: str) -> AudioFrame:
    """The frame that carries a claim or its release: the end of a stream before any sound, which nothing comes of.

    Its time is before all sound: in the midst of another's stream it is late, and no producer that began anew.
    """
    return AudioFrame(session_id, channel_id, 0, SAMPLE_RATE_HZ, EARLIEST_US, b"", last=True)


def lost_channels(mine: Claim, before: Mapping[str, Sequence[Claim | None]]) -> list[str]:
    """The channels that another has: `before` holds, by channel, what stands between the look and my claim.

    None is a frame: somebody records. Two captures that share channels meet on each of them, perhaps in another order
    on each; the order on the first that both claim decides between them, so that one of the two is left.
    """
    return [
        channel
        for channel in sorted(before)
        if any(claim is None or channel == _deciding(mine, claim) for claim in before[channel])
    ]


def _deciding(mine: Claim, other: Claim) -> str:
    return min(mine.channels & other.channels, default="")
