"""Claiming channels: written to the log before any sound, then read back, so that one capture has each channel."""

import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping

from producers.claim import Claim, Headers, claim_frame, claim_in, lost_channels, released_in
from producers.clock import OWN_CLOCK, Clock
from producers.marks import read_marks, send_marks, taken_mark
from producers.stream_ends import ends_of
from producers.tails import StreamEnd, Tails, ends_in
from runtime.errors import ConfigError, EarshotError
from runtime.kafka import Writer, WriterOptions
from runtime.settings import KafkaSettings
from schemas.codec import encode
from schemas.events import StreamMark
from schemas.topics import audio_topic, stream_key

log = logging.getLogger(__name__)
TAIL_RECORDS = 1_000  # claims of captures that begin now; older ones have left marks
UNMARKED_TAIL_RECORDS = 20_000
"""How far back a stream that an older version recorded, without a mark, is sought to be resumed: 32 minutes alone."""
POLL_S = 0.05
SAY_AFTER_S = 3.0
LISTEN_S = 1.0
"""How long a stream that was cut off is listened to before it is resumed: who records it sends ten frames in this."""
BEGINS_WITHIN_US = 10_000_000
"""A claim no older than this, without a frame after it, is of a capture that is about to begin."""
RELEASE_WITHIN_S = 2.0

Turn = Callable[[], None]
"""Called over and over during a wait; raises to end it."""


class Taken(ConfigError):
    """Channels that another capture has, or a session that has been recorded."""


class Claims:
    """The channels that this capture has.

    Whatever was ever taken has a mark, which outlives the log. Of captures that begin at once the log decides: no lock,
    no transaction: a claim is written behind what the look has seen, then all before it is read back. Whoever finds
    another's claim, or a frame, in between has lost, and says so in the log.
    """

    def __init__(self, kafka: KafkaSettings, session_id: str, resume: bool = False, clock: Clock = OWN_CLOCK) -> None:
        self._kafka = kafka
        self.clock = clock
        """What the records' times are by; known later where the broker is away."""
        self.session_id = session_id
        self.resume = resume
        self.capture_id = uuid.uuid4().hex
        self.held: set[str] = set()
        """The channels that were taken."""
        self._new: set[str] = set()
        """Those of them of which there was no mark before."""

    def take(self, channels: Iterable[str], turn: Turn) -> dict[str, StreamEnd]:
        """Takes these channels for this capture; how far each stream goes that exists already.

        Waits, by `turn`, for a broker that goes away between the claim and the reading back. Raises Taken where
        another has one of them, or a stream exists and is not to be resumed; Unavailable if the broker is away before.
        """
        claim = Claim(self.capture_id, frozenset(channels))
        marks = read_marks(self._kafka, self.session_id, claim.channels - self._new)
        is_marked = marks.keys() >= claim.channels or not self.resume
        depth = TAIL_RECORDS if is_marked else UNMARKED_TAIL_RECORDS
        with Tails(self._kafka, self.session_id, sorted(claim.channels), depth) as tails:
            found = tails.look()
            for tail in found.values():
                tail.claims.pop(self.capture_id, None)  # of a try that the broker broke off
            if not self.resume:
                self._check_new(marks, ends_in(found))
            ends = ends_of(self._kafka, self.session_id, marks, found)
            self._check_unclaimed(ends)
            tails.attach()
            patient = _telling(self._kafka, turn)
            self._write(claim.channels, claim.headers(), patient)
            offsets, lost = self._read_back(tails, claim, patient)
            if not lost and self.resume:
                lost = self._listen(tails, ends, turn)
        if lost:
            self._give_up(claim.channels)
            raise Taken(already_there(self.session_id, lost, is_live=True))
        self._mark({channel: offsets[channel] for channel in claim.channels - marks.keys()}, patient)
        self.held |= claim.channels
        return ends

    def release(self, channels: Iterable[str]) -> None:
        """Gives up channels that no sound was sent on, so that others may have them; silent where that fails."""
        mine = self.held & frozenset(channels)
        if mine:
            self.held -= mine
            self._give_up(mine)

    def _check_new(self, marks: Mapping[str, StreamMark], ends: Mapping[str, StreamEnd]) -> None:
        there = marks.keys() | ends.keys()
        ended = {channel for channel, end in ends.items() if end.has_ended and not end.claimed_at_us}
        ended |= {channel for channel, mark in marks.items() if mark.ended and channel not in ends}
        if there:
            raise Taken(already_there(self.session_id, there - ended or there, is_live=bool(there - ended)))

    def _check_unclaimed(self, ends: Mapping[str, StreamEnd]) -> None:
        """Raises Taken where another capture is about to begin."""
        young_us = self.clock.now_us() - BEGINS_WITHIN_US
        young = [channel for channel, end in ends.items() if end.claimed_at_us > young_us]
        if young:
            raise Taken(already_there(self.session_id, young, is_live=True))

    def _mark(self, offsets: Mapping[str, int], turn: Turn) -> None:
        """Leaves the first mark of each channel, with the offset of its claim."""
        marks = {
            stream_key(self.session_id, channel): taken_mark(self.session_id, channel, offset)
            for channel, offset in offsets.items()
        }
        self._new |= offsets.keys()
        with _patient_writer(self._kafka, self.clock) as writer:
            send_marks(writer, marks)
            while len(writer):
                writer.poll(POLL_S)
                turn()

    def _write(self, channels: Iterable[str], headers: Headers, turn: Turn) -> None:
        with _patient_writer(self._kafka, self.clock) as writer:
            self._send(writer, channels, headers)
            while len(writer):
                writer.poll(POLL_S)
                turn()

    def _send(self, writer: Writer, channels: Iterable[str], headers: Headers) -> None:
        for channel in sorted(channels):
            value = encode(claim_frame(self.session_id, channel))
            writer.send(audio_topic(channel), self.session_id.encode(), value, tuple(headers))

    def _read_back(self, tails: Tails, mine: Claim, turn: Turn) -> tuple[dict[str, int], list[str]]:
        """Reads until this capture's own claims have come; their offsets, and of all channels those that were lost."""
        unread = set(mine.channels)
        offsets: dict[str, int] = {}
        before: dict[str, list[Claim | None]] = {channel: [] for channel in unread}
        while unread:
            for channel, record in tails.follow():
                claim = claim_in(record.headers)
                if claim is not None and claim.capture_id == mine.capture_id:
                    unread.discard(channel)
                    offsets[channel] = record.offset
                elif channel in unread and released_in(record.headers) is None:
                    before[channel].append(claim)
            turn()
        return offsets, lost_channels(mine, before)

    def _listen(self, tails: Tails, ends: Mapping[str, StreamEnd], turn: Turn) -> list[str]:
        """The channels among those without an orderly end that somebody is recording after all."""
        doubtful = {channel for channel, end in ends.items() if end.claimed_at_us or not end.has_ended}
        heard: set[str] = set()
        deadline = time.monotonic() + LISTEN_S
        while doubtful and not heard and time.monotonic() < deadline:
            heard |= {channel for channel, record in tails.follow() if _is_sound(record.headers)} & doubtful
            turn()
        return sorted(heard)

    def _give_up(self, channels: Iterable[str]) -> None:
        given_up = frozenset(channels)
        headers = Claim(self.capture_id, given_up).release_headers()
        with contextlib.suppress(EarshotError), _patient_writer(self._kafka, self.clock) as writer:
            send_marks(writer, {stream_key(self.session_id, channel): None for channel in given_up & self._new})
            self._send(writer, given_up, headers)
            writer.flush(RELEASE_WITHIN_S)


def _is_sound(headers: Headers) -> bool:
    return claim_in(headers) is None and released_in(headers) is None


def _patient_writer(kafka: KafkaSettings, clock: Clock) -> Writer:
    writer = Writer(kafka, WriterOptions(name="capture", linger_ms=0, delivery_timeout_ms=0, is_watched=True))
    writer.clock_ahead_us = clock.ahead_us
    return writer


def _telling(kafka: KafkaSettings, turn: Turn) -> Turn:
    """The turn of a wait that is told of, once, where it gets long."""
    say_at: float | None = time.monotonic() + SAY_AFTER_S

    def told() -> None:
        nonlocal say_at
        turn()
        if say_at is not None and time.monotonic() > say_at:
            say_at = None
            log.warning("waiting for the broker at %s to confirm which channels are this capture's", kafka.bootstrap)

    return told


def already_there(session_id: str, channels: Iterable[str], *, is_live: bool) -> str:
    """Why a capture cannot begin, and what to do."""
    state = "is being recorded, or was cut off already on" if is_live else "has been recorded already on"
    return (
        f"session {session_id} {state} {', '.join(sorted(channels))}: choose another session id, or, if "
        "nothing else is recording it, resume it (--resume, Publisher(resume=True))"
    )
