"""The sessions that are being recorded, or have ended and are not audited yet. Pure: told the time."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from producers.sessions import VALID
from review.audit.stream_tally import StreamTally
from review.spans import Place
from runtime.record import Record
from schemas.topics import AUDIO, CHANNELS, audio_topic

QUIET_S = 20.0
"""After the end of its last stream: another channel may begin, or a capture go on."""
IDLE_S = 900.0
"""Without a frame and without an end: the capture is gone."""
MOST_SESSIONS = 1_000
"""Keys come from outside; of more sessions at a time those that were still for longest are due at once."""
_CHANNEL_OF = {topic.name: channel for topic, channel in zip(AUDIO, CHANNELS, strict=True)}


@dataclass(slots=True)
class OpenSession:
    """One session as far as it was followed."""

    partition: int
    tallies: dict[str, StreamTally] = field(default_factory=dict)
    newest_s: float = 0.0
    """When its newest record came."""

    def is_due(self, now_s: float) -> bool:
        """Whether it has ended, or has been still for long."""
        ended = all(tally.is_ended for tally in self.tallies.values())
        return now_s - self.newest_s > (QUIET_S if ended else IDLE_S)

    @property
    def is_whole(self) -> bool:
        """Whether it was followed from its beginning; not after a resumption of what was audited already."""
        return all(tally.first_sample == 0 for tally in self.tallies.values())


class OpenSessions:
    """Follows the audio topics' records."""

    def __init__(self) -> None:
        self._sessions: dict[str, OpenSession] = {}
        self._positions: dict[Place, int] = {}

    def take(self, record: Record, now_s: float) -> None:
        """Counts the next record of its partition."""
        self._positions[record.topic, record.partition] = record.offset + 1
        tally = StreamTally()
        tally.take_record(record)
        session_id = (record.key or b"").decode(errors="replace")
        if not tally.frames or not VALID.fullmatch(session_id):
            return
        session = self._sessions.setdefault(session_id, OpenSession(record.partition))
        session.newest_s = now_s
        channel = _CHANNEL_OF[record.topic]
        if channel in session.tallies:
            session.tallies[channel].take_record(record)
        else:
            session.tallies[channel] = tally

    def due(self, now_s: float) -> list[str]:
        """The sessions to audit now."""
        too_many = len(self._sessions) - MOST_SESSIONS
        stillest = sorted(self._sessions, key=lambda session_id: self._sessions[session_id].newest_s)[
            : max(0, too_many)
        ]
        due = [session_id for session_id, session in self._sessions.items() if session.is_due(now_s)]
        return list(dict.fromkeys([*due, *stillest]))

    def take_out(self, session_id: str) -> OpenSession:
        """Gives the session up: what comes of it from here on is followed anew."""
        return self._sessions.pop(session_id)

    def needed(self, also: Mapping[Place, int]) -> dict[Place, int]:
        """For each partition the first record that a restart must read: of a session here, or of `also`."""
        needed = dict(self._positions)
        for session in self._sessions.values():
            for place, first in first_offsets(session).items():
                needed[place] = min(first, needed.get(place, first))
        for place, first in also.items():
            needed[place] = min(first, needed.get(place, first))
        return needed

    def forget(self, places: set[Place]) -> None:
        """These partitions are another's now; come back, they are read from where they were committed."""
        self._positions = {place: offset for place, offset in self._positions.items() if place not in places}
        for session_id, session in list(self._sessions.items()):
            for topic, partition in places:
                if partition == session.partition:
                    session.tallies.pop(_CHANNEL_OF[topic], None)
            if not session.tallies:
                del self._sessions[session_id]


def first_offsets(session: OpenSession) -> dict[Place, int]:
    """Where each of the session's streams begins."""
    return {(audio_topic(channel), session.partition): tally.first_offset for channel, tally in session.tallies.items()}


def end_offsets(session: OpenSession) -> dict[Place, int]:
    """The offset behind each of the session's streams."""
    return {(audio_topic(channel), session.partition): tally.end_offset for channel, tally in session.tallies.items()}
