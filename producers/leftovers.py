"""What an earlier capture left in its spool: sent first, in order, and nothing twice."""

import logging
from dataclasses import replace

from producers.beginnings import Beginnings
from producers.claiming import Claims, Taken, Turn
from producers.clock import OWN_CLOCK, Clock
from producers.marks import MarkKeeper
from producers.spool import Spool, SpoolFolder
from producers.stream_ends import stream_ends
from runtime.kafka import Writer, WriterOptions
from runtime.settings import KafkaSettings
from schemas.codec import decode, encode
from schemas.events import AudioFrame
from schemas.topics import CHANNELS, audio_topic

log = logging.getLogger(__name__)
TAIL_RECORDS = 20_000
FLUSH_S = 60.0


def send_leftovers(kafka: KafkaSettings, folder: SpoolFolder, turn: Turn, clock: Clock = OWN_CLOCK) -> None:
    """Sends every record that is left in the folder and not in the log yet.

    Raises Unavailable if the broker goes away meanwhile, and what `turn` raises; the records then stay.
    """
    for session_id in folder.sessions():
        queue = folder.queue(session_id)
        found = queue.waiting
        name = _claimed(kafka, session_id, queue, turn, clock) if queue.is_unclaimed else session_id
        missing = _send(kafka, name, queue, clock)
        log.info("spool: %d frames of session %s were left, %d of them not in the log: sent", found, name, missing)


def _claimed(kafka: KafkaSettings, session_id: str, queue: Spool, turn: Turn, clock: Clock) -> str:
    """The session that what was recorded without a broker goes into: its own, or where another has that, a new one."""
    channels = {decode(AudioFrame, record).channel_id for record in queue.left()}
    claims = Claims(kafka, session_id, clock=clock)
    name = session_id
    try:
        claims.take(channels, turn)
    except Taken:
        name = queue.set_aside(claims.capture_id)
        log.warning(
            "spool: session %s is another capture's: what was recorded without a broker goes into session %s",
            session_id,
            name,
        )
        Claims(kafka, name, clock=clock).take(channels, turn)
    queue.is_unclaimed = False
    return name


def _send(kafka: KafkaSettings, session_id: str, queue: Spool, clock: Clock) -> int:
    """Frames before a stream's end arrived although their acknowledgement did not; returns how many did not."""
    ends = {channel: end.next_sample for channel, end in stream_ends(kafka, session_id, CHANNELS, TAIL_RECORDS).items()}
    sent = 0
    with Writer(kafka, WriterOptions(name="capture", is_watched=True)) as writer:
        writer.clock_ahead_us = clock.ahead_us
        beginnings = Beginnings()
        marks = MarkKeeper(kafka, writer.newest_offset)
        while (record := queue.take(0)) is not None:
            frame = decode(AudioFrame, record)
            if frame.first_sample >= ends.get(frame.channel_id, 0):
                is_own = frame.session_id == session_id
                value = record if is_own else encode(replace(frame, session_id=session_id))
                writer.send(audio_topic(frame.channel_id), session_id.encode(), value, beginnings.headers(frame))
                marks.note(replace(frame, session_id=session_id))
                sent += 1
        writer.flush(FLUSH_S)
        marks.close()
    queue.delivered()
    queue.close()
    return sent
