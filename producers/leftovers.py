"""What an earlier capture left in its spool: sent first, in order, and nothing twice."""

import logging

from producers.spool import Spool, SpoolFolder
from producers.tails import stream_ends
from runtime.kafka import Writer, WriterOptions
from runtime.settings import KafkaSettings
from schemas.codec import decode
from schemas.events import AudioFrame
from schemas.topics import CHANNELS, audio_topic

log = logging.getLogger(__name__)
TAIL_RECORDS = 20_000
FLUSH_S = 60.0


def send_leftovers(kafka: KafkaSettings, folder: SpoolFolder) -> int:
    """Sends every record that is left in the folder and returns how many were not in the log yet.

    Raises Unavailable if the broker goes away meanwhile; the records then stay.
    """
    sent = 0
    for session_id in folder.sessions():
        queue = folder.queue(session_id)
        found = queue.waiting
        missing = _send(kafka, session_id, queue)
        log.info(
            "spool: %d frames of session %s were left, %d of them not in the log: sent", found, session_id, missing
        )
        sent += missing
    return sent


def _send(kafka: KafkaSettings, session_id: str, queue: Spool) -> int:
    """Frames before a stream's end arrived although their acknowledgement did not."""
    ends = {channel: end.next_sample for channel, end in stream_ends(kafka, session_id, CHANNELS, TAIL_RECORDS).items()}
    sent = 0
    with Writer(kafka, WriterOptions(name="capture", is_watched=True)) as writer:
        while (record := queue.take(0)) is not None:
            frame = decode(AudioFrame, record)
            if frame.first_sample >= ends.get(frame.channel_id, 0):
                writer.send(audio_topic(frame.channel_id), session_id.encode(), record)
                sent += 1
        writer.flush(FLUSH_S)
    queue.delivered()
    queue.close()
    return sent
