"""The stage's work on one record: a transcript becomes corrected segments."""

import logging
from collections.abc import Callable, Sequence

from prometheus_client import Counter, Histogram

from processors.glossary.corrector import Corrector
from processors.glossary.segments import segments_of
from processors.glossary.sentences import SentenceLimits
from runtime.errors import BadRecord
from runtime.faust_stage import Input, Output, Partition, StepResult
from schemas.codec import decode, encode
from schemas.events import DeadLetter, Transcript
from schemas.topics import DEAD_LETTERS, SEGMENTS, SEGMENTS_INTERIM, stream_key

log = logging.getLogger(__name__)

SEGMENTS_MADE = Counter("earshot_glossary_segments_total", "Segments made of transcripts", ["kind"])
CORRECTIONS_MADE = Counter("earshot_glossary_corrections_total", "Changes made by the glossary", ["rule"])
BAD_RECORDS = Counter("earshot_glossary_bad_records_total", "Records sent to the dead letters")
CORRECTION_SECONDS = Histogram(
    "earshot_glossary_correction_seconds",
    "Time to cut and correct one transcript",
    buckets=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1),
)

STAGE = "glossary"


class GlossaryStep:
    """Corrects each transcript with the newest glossary; keeps nothing between records."""

    def __init__(self, corrector: Callable[[], Corrector], limits: SentenceLimits) -> None:
        self._corrector = corrector
        self._limits = limits

    def step(self, record: Input) -> StepResult:
        """The segments of the record's transcript, or a dead letter."""
        try:
            transcript = decode(Transcript, record.value)
        except BadRecord as error:
            return StepResult([_dead_letter(record, error)], record.offset + 1)
        with CORRECTION_SECONDS.time():
            outputs = self._outputs(transcript, record.timestamp_us)
        return StepResult(outputs, record.offset + 1)

    def forget(self, partition: Partition) -> None:
        """Nothing is kept, so there is nothing to forget."""

    def _outputs(self, transcript: Transcript, transcribed_at: int) -> Sequence[Output]:
        segments = segments_of(transcript, transcribed_at, self._corrector(), self._limits)
        topic = SEGMENTS if transcript.final else SEGMENTS_INTERIM
        SEGMENTS_MADE.labels("final" if transcript.final else "interim").inc(len(segments))
        if transcript.final:
            for segment in segments:
                for correction in segment.corrections:
                    CORRECTIONS_MADE.labels(correction.rule).inc()
        key = stream_key(transcript.session_id, transcript.channel_id)
        return [Output(topic.name, key, encode(segment), awaited=transcript.final) for segment in segments]


def _dead_letter(record: Input, error: BadRecord) -> Output:
    BAD_RECORDS.inc()
    place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    log.warning("a record went to the dead letters: %s", error, extra=place)
    key, value = record.key or b"", record.value or b""
    letter = DeadLetter(record.topic, record.partition, record.offset, key, value, STAGE, str(error))
    return Output(DEAD_LETTERS.name, key, encode(letter))
