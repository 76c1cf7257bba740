"""History by the glossary of today."""

import time
from dataclasses import replace

import pytest

from processors.glossary.corrector import Corrector
from processors.glossary.segments import segments_of
from processors.glossary.sentences import limits_of
from review.publishing import push_segments
from review.recorrecting import apply, recorrection
from review.rows import read_session
from review.stages import SINK, Stages
from runtime.errors import ConfigError
from runtime.kafka import Writer, WriterOptions
from schemas.codec import encode
from schemas.events import GlossaryTerm
from schemas.topics import TRANSCRIPTS, stream_key
from tests.support.dictionaries import DICTIONARIES
from tests.support.transcripts import spoken, transcript

VENT = GlossaryTerm("vent", ("bent",), "en", "")


@pytest.fixture
def told(settings, sink, session_id):
    """A session of two windows, corrected without any term."""
    transcripts = [
        transcript(session_id, spoken("check", "the", "bent")),
        transcript(session_id, spoken("all", "is", "well", start=160_000), own_from=160_000),
    ]
    with Writer(settings.kafka, WriterOptions(name="transcripts")) as writer:
        for one in transcripts:
            writer.send(TRANSCRIPTS.name, stream_key(one.session_id, one.channel_id), encode(one))
    now_us = time.time_ns() // 1000
    push_segments(
        settings.kafka,
        [
            one
            for each in transcripts
            for one in segments_of(each, now_us, Corrector((), 87, DICTIONARIES), limits_of(1.0, 15.0))
        ],
    )
    Stages(settings.kafka).wait_for({}, (SINK,))
    return session_id


def texts(store, session):
    return [row.text for row in read_session(store, session).rows]


def readings(store, session):
    sql = "SELECT text, glossary_version FROM segment_history FINAL WHERE session_id = {s:String}"
    return set(store.ask(sql, {"s": session}).rows)


def test_a_new_term_changes_its_rows_only_and_the_old_reading_stays(told, settings, store):
    assert texts(store, told) == ["check the bent", "all is well"]
    outcome = recorrection(settings, store, told, [VENT])
    assert (outcome.segments, len(outcome.changed), outcome.left_over) == (2, 1, ())
    assert texts(store, told) == ["check the bent", "all is well"]  # nothing was written yet
    apply(settings, store, told, outcome, lambda: None)
    assert texts(store, told) == ["check the vent", "all is well"]
    assert readings(store, told) == {
        ("check the bent", ""),
        ("check the vent", outcome.version),
        ("all is well", ""),
    }
    assert recorrection(settings, store, told, [VENT]).changed == ()
    apply(settings, store, told, recorrection(settings, store, told, []), lambda: None)
    assert texts(store, told) == ["check the bent", "all is well"]


def test_rows_that_were_corrected_again_tell_no_latency(told, settings, store):
    sql = "SELECT count() FROM latency WHERE session_id = {s:String}"
    assert store.ask(sql, {"s": told}).rows == [(2,)]
    apply(settings, store, told, recorrection(settings, store, told, [VENT]), lambda: None)
    assert store.ask(sql, {"s": told}).rows == [(1,)]


def test_a_session_without_stored_transcripts_is_said_so(recorded, settings, store, session_id):
    push_segments(settings.kafka, [_moved(segment, session_id) for segment in recorded.made.segments])
    Stages(settings.kafka).wait_for({}, (SINK,))
    with pytest.raises(ConfigError, match="no transcripts of it"):
        recorrection(settings, store, session_id, [VENT])


def _moved(segment, session_id):
    names = {
        field: getattr(segment, field).replace(segment.session_id, session_id)
        for field in ("session_id", "segment_id", "window_id", "utterance_id")
    }
    return replace(segment, **names)
