"""Moves records between the topics and the pure code: frames in, windows, interims and dead letters out."""

import logging
from collections.abc import Callable

from processors.segmenter import metrics
from processors.segmenter.admission import check_frame
from processors.segmenter.options import SegmenterOptions
from processors.segmenter.partition import PartitionStreams, Taken
from processors.segmenter.stream import Incident
from processors.segmenter.vad import SileroVad
from runtime.dead_letters import dead_letter
from runtime.record import Record
from runtime.stage import Output, Partition, StepResult
from schemas import topics
from schemas.audio import BEGINS_HEADER, SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.codec import decode, encode
from schemas.errors import BadRecord
from schemas.events import AudioFrame, SpeechWindow

log = logging.getLogger(__name__)

STAGE = "segmenter"
INTERIM_MAX_AGE_US = 1_500_000  # while catching up, a guess is of no use: the final is already on its way
WORDS = {
    Incident.GAP: "gap before",
    Incident.RESTART: "the producer began anew at",
    Incident.LATE: "passed over: a late or repeated frame at",
    Incident.OVERLAP: "passed over in part: an overlapping frame at",
}


class SegmenterStep:
    """The `Step` of the segmenter's Faust stage. All state is rebuilt from the held offset; nothing is stored."""

    def __init__(self, vad: SileroVad, options: SegmenterOptions, now_us: Callable[[], int]) -> None:
        self._vad = vad
        self._options = options
        self._now_us = now_us
        self._partitions: dict[Partition, PartitionStreams] = {}
        self._incidents: dict[tuple[str, str], Incident] = {}

    def step(self, record: Record) -> StepResult:
        """Takes the next record of its partition."""
        streams = self._streams(record)
        try:
            frame = decode(AudioFrame, record.value)
            check_frame(frame, record.topic, record.timestamp_us)
        except BadRecord as error:
            letter = dead_letter(record, STAGE, error)
            outputs = [Output(topics.DEAD_LETTERS.name, letter.key, letter.value)]
        else:
            interims = self._now_us() - record.timestamp_us < INTERIM_MAX_AGE_US
            begins = any(name == BEGINS_HEADER for name, _ in record.headers)
            taken = streams.take(frame, record.offset, record.timestamp_us, interims=interims, begins=begins)
            self._count(frame, taken, streams)
            outputs = [_output(window) for window in taken.windows]
        return StepResult(outputs, streams.needed_offset(record.offset + 1))

    def forget(self, partition: Partition) -> None:
        """The partition was given up or rewound: its streams are rebuilt from the records that come."""
        self._partitions.pop(partition, None)

    def _streams(self, record: Record) -> PartitionStreams:
        partition = (record.topic, record.partition)
        streams = self._partitions.get(partition)
        if streams is None:
            streams = PartitionStreams(*partition, self._vad, self._options)
            streams.log_start = record.offset if record.is_first_in_log else None
            self._partitions[partition] = streams
        return streams

    def _count(self, frame: AudioFrame, taken: Taken, streams: PartitionStreams) -> None:
        channel = frame.channel_id
        meters = metrics.meters_of(channel)
        meters.frames.inc()
        meters.audio_seconds.inc(len(frame.pcm) / SAMPLE_BYTES / SAMPLE_RATE_HZ)
        metrics.VAD_SECONDS.set(self._vad.seconds)
        meters.open_utterances.set(streams.open_utterances)
        meters.held_seconds.set(streams.held_samples / SAMPLE_RATE_HZ)
        for window in taken.windows:
            metrics.WINDOWS.labels(channel, "final" if window.final else "interim").inc()
        if taken.evicted:
            metrics.EVICTED.inc(taken.evicted)
        self._tell(frame, taken.incident)

    def _tell(self, frame: AudioFrame, incident: Incident | None) -> None:
        """Counts every incident and writes a line for the first of a row: an hour sent again is one line."""
        stream = (frame.session_id, frame.channel_id)
        before = self._incidents.pop(stream, None)
        if incident is None:
            return
        self._incidents[stream] = incident
        metrics.INCIDENTS.labels(incident.value).inc()
        if incident is Incident.GONE:
            gone_s = frame.first_sample / SAMPLE_RATE_HZ
            metrics.GONE_SECONDS.labels(frame.channel_id).inc(gone_s)
            where = f"0.00–{gone_s:.2f} s of {stream[0]}/{stream[1]}"
            log.error("%s are gone from the log: what of them was not heard before is lost", where)
        elif incident is not before:
            log.warning("%s sample %d of %s/%s", WORDS[incident], frame.first_sample, *stream)


def _output(window: SpeechWindow) -> Output:
    topic = topics.WINDOWS if window.final else topics.WINDOWS_INTERIM
    key = topics.stream_key(window.session_id, window.channel_id)
    return Output(topic.name, key, encode(window), awaited=window.final)
