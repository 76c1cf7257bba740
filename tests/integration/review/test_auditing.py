"""Sessions counted against each other: what the log has, what the tables have, and what was lost between."""

import time
from dataclasses import dataclass, replace

import numpy as np
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from review.audit.session_audit import Audit, Auditor
from review.publishing import push_segments
from review.search import find_session
from review.stages import GLOSSARY, SEGMENTER, SINK, TRANSCRIBER, Stages
from runtime.dead_letters import letter_of
from runtime.errors import BadRecord, ConfigError
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.connection import client_config
from runtime.record import Record
from schemas.codec import encode
from schemas.events import AudioSpan
from schemas.topics import AUDIO, DEAD_LETTERS, TRANSCRIPTS, WINDOWS, stream_key
from tests.integration.review.support import earshot
from tests.support.broker import create_topics
from tests.support.committing import commit_ends
from tests.support.segmenting import frame_of
from tests.support.speech_windows import Span, window
from tests.support.transcripts import segment, spoken, transcript

STARTS = (0, 32_000, 64_000)
INPUTS = {
    SEGMENTER: tuple(topic.name for topic in AUDIO),
    TRANSCRIBER: (WINDOWS.name,),
    GLOSSARY: (TRANSCRIPTS.name,),
}


@dataclass(frozen=True)
class Told:
    """A session of three windows of two words each; each step may have kept some of them only."""

    transcripts: tuple[int, ...] = STARTS
    segments: tuple[int, ...] = STARTS
    frames: tuple[int, ...] = tuple(range(60))
    done: tuple[str, ...] = tuple(INPUTS)


@pytest.fixture
def auditor(settings, store, sink):
    return Auditor(settings.kafka, store)


@pytest.fixture
def tell(settings, sink, session_id):
    """Publishes a session, lets the real sink store it, and says in the name of the other stages that they are done.

    What came before it they have done in any case.
    """

    def publish(told: Told) -> str:
        kafka = settings.kafka
        key = stream_key(session_id, "C01")
        for stage in INPUTS.keys() - set(told.done):
            commit_ends(kafka, stage, INPUTS[stage])
        publish_frames(kafka, session_id, told.frames)
        with Writer(kafka, WriterOptions(name="audit")) as writer:
            for start in STARTS:
                made = window(Span(start, start, start + 16_000, start + 16_000), session_id=session_id)
                writer.send(WINDOWS.name, key, encode(made))
            for start in told.transcripts:
                made = transcript(session_id, spoken("hold", "position", start=start), own_from=start)
                writer.send(TRANSCRIPTS.name, key, encode(made))
        push_segments(kafka, [part_of(kafka, session_id, start) for start in told.segments])
        Stages(kafka).wait_for({}, (SINK,))
        for stage in told.done:
            commit_ends(kafka, stage, INPUTS[stage])
        return session_id

    return publish


def publish_frames(kafka, session_id, numbers):
    """Frames of silence on C01, the last of them the stream's end."""
    with Writer(kafka, WriterOptions(name="audit")) as writer:
        for at in numbers:
            frame = frame_of(np.zeros(1536, np.int16), at * 1536, session=session_id)
            writer.send("audio.pcm.C01", session_id.encode(), encode(replace(frame, last=at == numbers[-1])))


def part_of(kafka, session_id, start):
    """A segment that knows when its window was made, and where its sound lies."""
    ((_, span),) = find_session(kafka, session_id, {}).spans
    audio = AudioSpan(*span.place, span.first_offset, span.end_offset - 1)
    return segment(session_id, start // 16_000, windowed_at=time.time_ns() // 1000, audio=audio)


def steps(audit: Audit) -> list[str]:
    return [fault.step for fault in audit.faults]


def test_a_session_of_which_all_is_there_adds_up(tell, settings):
    session = tell(Told())
    result = earshot(settings, "audit", session)
    assert result.exit_code == 0, result.output
    assert f"{session}: adds up" in result.output


def test_the_figures_are_those_of_the_session(tell, auditor):
    (account,) = auditor.audit(tell(Told())).channels
    assert (account.sound.frames, account.sound.samples, account.sound.is_ended) == (60, 60 * 1536, True)
    counts = (len(account.windows), len(account.transcripts), len(account.segments), len(account.rows))
    assert counts == (3, 3, 3, 3)


def test_transcripts_that_became_no_row_are_found_though_no_topic_waits(tell, settings):
    result = earshot(settings, "audit", tell(Told(segments=())), "--json")
    assert result.exit_code == 1
    assert '"stage": "glossary"' in result.output
    assert "3 transcripts are not whole in segments" in result.output


def test_windows_that_nobody_transcribed_are_found(tell, auditor):
    (fault,) = auditor.audit(tell(Told(transcripts=STARTS[:1], segments=STARTS[:1]))).faults
    assert (fault.step, "2 windows have no transcript" in fault.text) == (TRANSCRIBER, True)
    assert not fault.is_waiting


def test_rows_that_went_from_the_table_are_found(tell, auditor, store):
    session = tell(Told())
    store.ask(
        f"ALTER TABLE segments DELETE WHERE session_id = '{session}' AND start_sample = 0 SETTINGS mutations_sync = 2"
    )
    assert steps(auditor.audit(session)) == [SINK]


def test_what_waits_may_come_yet(tell, auditor):
    audit = auditor.audit(tell(Told(transcripts=(), segments=(), done=())))
    behind, waiting = audit.faults
    assert behind.text.endswith("60 records up to the session's end are not done")
    assert (waiting.step, waiting.is_waiting) == (TRANSCRIBER, True)
    assert "(3 wait for the transcriber and may come yet)" in waiting.text


def test_a_dead_letter_accounts_for_a_loss(tell, auditor, settings):
    session = tell(Told(segments=STARTS[1:]))
    lost = Record(TRANSCRIPTS.name, 0, 0, stream_key(session, "C01"), b"?", 0)
    letter = letter_of(lost, "glossary", BadRecord("no"))
    with Writer(settings.kafka, WriterOptions(name="letters")) as writer:
        writer.send(DEAD_LETTERS.name, letter.key, letter.value)
    audit = auditor.audit(session)
    assert audit.adds_up
    assert audit.channels[0].letters == {TRANSCRIPTS.name: 1}


def test_gaps_are_told_and_are_no_fault(tell, auditor):
    audit = auditor.audit(tell(Told(frames=(*range(3, 20), *range(30, 60)))))
    assert audit.adds_up
    assert audit.channels[0].gap_s == pytest.approx(13 * 0.096)


def test_a_session_that_goes_on_is_said_to(tell, auditor, settings):
    session = tell(Told())
    with Writer(settings.kafka, WriterOptions(name="audit")) as writer:
        frame = frame_of(np.zeros(1536, np.int16), 60 * 1536, session=session)
        writer.send("audio.pcm.C01", session.encode(), encode(replace(frame, last=False)))
    commit_ends(settings.kafka, SEGMENTER, ["audio.pcm.C01"])
    audit = auditor.audit(session)
    assert audit.adds_up
    assert audit.remarks == ("C01: no end: still recorded, or cut off",)


def test_rows_without_sound_add_up_and_say_that_there_is_none(auditor, settings, session_id):
    push_segments(settings.kafka, [segment(session_id, 0)])
    Stages(settings.kafka).wait_for({}, (SINK,))
    audit = auditor.audit(session_id)
    assert audit.adds_up
    assert audit.remarks == ("its sound is not in the log (any more)",)


def test_a_session_that_does_not_exist_is_said_so(auditor):
    with pytest.raises(ConfigError, match="nothing of it is in the log or in the tables"):
        auditor.audit("nobody")


def test_what_retention_took_is_told(own_broker, store, session_id):
    kafka = own_broker.kafka
    create_topics(kafka)
    publish_frames(kafka, session_id, range(60))
    key = stream_key(session_id, "C01")
    with Writer(kafka, WriterOptions(name="audit")) as writer:
        for start in STARTS:
            made = window(Span(start, start, start + 16_000, start + 16_000), session_id=session_id)
            writer.send(WINDOWS.name, key, encode(made))
            writer.send(TRANSCRIPTS.name, key, encode(transcript(session_id, (), own_from=start, rejected="no_speech")))
    commit_ends(kafka, SEGMENTER, INPUTS[SEGMENTER])
    auditor = Auditor(kafka, store)
    assert auditor.audit(session_id).adds_up
    delete_before(kafka, "audio.pcm.C01", 20)
    audit = auditor.audit(session_id)
    assert audit.adds_up
    assert audit.remarks == (f"C01: the first {20 * 0.096:.1f} s are not in the log any more",)
    delete_before(kafka, TRANSCRIPTS.name, len(STARTS))
    (fault,) = auditor.audit(session_id).faults
    assert "3 windows have no transcript" in fault.text


def delete_before(kafka, topic, offset):
    client = AdminClient(client_config(kafka))
    for future in client.delete_records([TopicPartition(topic, 0, offset)]).values():
        future.result(30)
