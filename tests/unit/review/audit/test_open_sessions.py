from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from review.audit import open_sessions
from review.audit.open_sessions import IDLE_S, QUIET_S, OpenSessions, end_offsets, first_offsets
from runtime.record import Record
from schemas.codec import encode
from tests.support.segmenting import frame_of


def record(session: str, channel: str, number: int, offset: int, *, last: bool = False) -> Record:
    frame = frame_of(np.zeros(1536, np.int16), number * 1536, session=session)
    value = encode(replace(frame, channel_id=channel, last=last))
    return Record(f"audio.pcm.{channel}", 0, offset, session.encode(), value, 0)


def test_a_session_is_due_when_all_its_streams_have_ended_for_a_while():
    sessions = OpenSessions()
    sessions.take(record("s", "C01", 0, 0, last=True), 0.0)
    sessions.take(record("s", "C02", 0, 0), 1.0)
    assert sessions.due(1.0 + QUIET_S + 1) == []
    sessions.take(record("s", "C02", 1, 1, last=True), 2.0)
    assert sessions.due(2.0 + QUIET_S - 1) == []
    assert sessions.due(2.0 + QUIET_S + 1) == ["s"]


def test_a_session_that_goes_on_in_time_is_not_due():
    sessions = OpenSessions()
    sessions.take(record("s", "C01", 0, 0, last=True), 0.0)
    sessions.take(record("s", "C01", 1, 1), QUIET_S - 1)
    assert sessions.due(QUIET_S + 5) == []


def test_a_stream_that_just_stops_is_due_after_a_long_while():
    sessions = OpenSessions()
    sessions.take(record("s", "C01", 0, 0), 0.0)
    assert sessions.due(IDLE_S - 1) == []
    assert sessions.due(IDLE_S + 1) == ["s"]


def test_what_is_taken_out_has_its_places_and_its_sound():
    sessions = OpenSessions()
    for number in range(3):
        sessions.take(record("s", "C02", number, 10 + number), 0.0)
    session = sessions.take_out("s")
    assert session.tallies["C02"].samples == 3 * 1536
    assert session.is_whole
    assert first_offsets(session) == {("audio.pcm.C02", 0): 10}
    assert end_offsets(session) == {("audio.pcm.C02", 0): 13}
    assert sessions.due(1e9) == []


def test_a_session_that_is_taken_up_again_was_not_followed_from_its_beginning():
    sessions = OpenSessions()
    sessions.take(record("s", "C01", 7, 0), 0.0)
    assert not sessions.take_out("s").is_whole


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=30), st.booleans())
def test_a_restart_reads_every_session_that_was_not_audited_from_its_beginning(steps, keeps):
    sessions = OpenSessions()
    firsts: dict[str, int] = {}
    pending: dict[str, int] = {}
    for offset, (name, audits) in enumerate(steps):
        if name not in firsts:
            firsts[name] = offset
        sessions.take(record(name, "C01", offset - firsts[name], offset), 0.0)
        if audits:
            taken = sessions.take_out(name)
            del firsts[name]
            if keeps:
                first = first_offsets(taken)["audio.pcm.C01", 0]
                pending[name] = min(first, pending.get(name, first))
    also = {("audio.pcm.C01", 0): min(pending.values())} if pending else {}
    needed = sessions.needed(also)["audio.pcm.C01", 0]
    assert needed == min([len(steps), *firsts.values(), *pending.values()])


def test_claims_foreign_bytes_and_names_that_no_session_has_open_none():
    sessions = OpenSessions()
    claim = encode(replace(frame_of(np.zeros(0, np.int16), 0, session="s"), last=True))
    sessions.take(Record("audio.pcm.C01", 0, 0, b"s", claim, 0), 0.0)
    sessions.take(Record("audio.pcm.C01", 0, 1, b"s", b"nonsense", 0), 0.0)
    sessions.take(record("../../etc", "C01", 0, 2), 0.0)
    sessions.take(replace(record("s", "C01", 0, 3), key=None), 0.0)
    assert sessions.due(1e9) == []
    assert sessions.needed({}) == {("audio.pcm.C01", 0): 4}


def test_of_too_many_sessions_the_stillest_are_due(monkeypatch):
    monkeypatch.setattr(open_sessions, "MOST_SESSIONS", 3)
    sessions = OpenSessions()
    for number in range(5):
        sessions.take(record(f"s{number}", "C01", 0, number), float(number))
    assert sessions.due(4.0) == ["s0", "s1"]


def test_partitions_that_were_given_up_are_not_committed():
    sessions = OpenSessions()
    sessions.take(record("s", "C01", 0, 0), 0.0)
    sessions.take(record("t", "C02", 0, 0), 0.0)
    sessions.forget({("audio.pcm.C01", 0)})
    assert sessions.needed({}).keys() == {("audio.pcm.C02", 0)}
