"""The stage's work on one record: a transcript becomes corrected segments."""

from collections.abc import Callable, Sequence

from prometheus_client import Counter, Histogram

from processors.glossary.corrector import Corrector
from processors.glossary.segments import segments_of
from processors.glossary.sentences import SentenceLimits
from runtime.dead_letters import MAX_VALUE_BYTES, dead_letter
from runtime.errors import BadRecord
from runtime.record import Record
from runtime.stage import Output, Partition, StepResult
from schemas.admission import admit
from schemas.codec import encode
from schemas.errors import TooLarge
from schemas.events import Segment, Transcript
from schemas.glossary.table import check_record
from schemas.topics import DEAD_LETTERS, GLOSSARY, SEGMENTS, SEGMENTS_INTERIM, stream_key

SEGMENTS_MADE = Counter("earshot_glossary_segments_total", "Segments made of transcripts", ["kind"])
CORRECTIONS_MADE = Counter("earshot_glossary_corrections_total", "Changes made by the glossary", ["rule"])
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

    def step(self, record: Record) -> StepResult:
        """The segments of the record's transcript, or a dead letter.

        Of the glossary's topic only what is no term is of interest here, to be buried once for all its readers.
        """
        try:
            outputs = self._looked_at(record) if record.topic == GLOSSARY.name else self._corrected(record)
        except BadRecord as error:
            letter = dead_letter(record, STAGE, error)
            outputs = [Output(DEAD_LETTERS.name, letter.key, letter.value)]
        return StepResult(outputs, record.offset + 1)

    def forget(self, partition: Partition) -> None:
        """Nothing is kept, so there is nothing to forget."""

    def _looked_at(self, record: Record) -> Sequence[Output]:
        if record.value is not None:
            check_record(record.key, record.value)
        return ()

    def _corrected(self, record: Record) -> Sequence[Output]:
        transcript = admit(Transcript, record.value, record.topic)
        with CORRECTION_SECONDS.time():
            return self._outputs(transcript, record.timestamp_us)

    def _outputs(self, transcript: Transcript, transcribed_at: int) -> Sequence[Output]:
        segments = segments_of(transcript, transcribed_at, self._corrector(), self._limits)
        topic = SEGMENTS if transcript.final else SEGMENTS_INTERIM
        key = stream_key(transcript.session_id, transcript.channel_id)
        outputs = [Output(topic.name, key, _encoded(segment), awaited=transcript.final) for segment in segments]
        SEGMENTS_MADE.labels("final" if transcript.final else "interim").inc(len(segments))
        if transcript.final:
            for segment in segments:
                for correction in segment.corrections:
                    CORRECTIONS_MADE.labels(correction.rule).inc()
        return outputs


def _encoded(segment: Segment) -> bytes:
    """Its bytes. Raises TooLarge where they do not fit a record: a glossary may make much of little."""
    value = encode(segment)
    if len(value) > MAX_VALUE_BYTES:
        raise TooLarge(f"corrected, a segment of it takes {len(value)} bytes, more than {MAX_VALUE_BYTES}")
    return value
