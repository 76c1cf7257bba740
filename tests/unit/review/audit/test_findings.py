from dataclasses import replace

from review.audit.findings import Findings
from runtime.record import Record
from schemas.codec import encode
from schemas.events import DeadLetter
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS
from tests.support.speech_windows import window
from tests.support.transcripts import segment, spoken, transcript

LETTER = DeadLetter(SEGMENTS.name, 0, 1, b"s/C01", b"", "sink", "why")


def record(topic: str, key: bytes, value: bytes) -> Record:
    return Record(topic, 0, 0, key, value, 0)


def test_each_record_goes_to_the_account_of_its_channel():
    findings = Findings("s")
    findings.take(record(WINDOWS.name, b"s/C02", encode(window(channel_id="C02"))))
    findings.take(record(TRANSCRIPTS.name, b"s/C01", encode(transcript("s", spoken("yes")))))
    findings.take(record(SEGMENTS.name, b"s/C01", encode(segment("s"))))
    first, second = findings.accounts()
    assert (first.channel_id, len(first.transcripts), len(first.segments)) == ("C01", 1, 1)
    assert (second.channel_id, len(second.windows)) == ("C02", 1)


def test_other_sessions_and_what_cannot_be_read_count_for_nothing():
    findings = Findings("s")
    for key in (b"s2/C01", b"s", b"s/C99", b"s/\xff", b"", None):
        findings.take(record(SEGMENTS.name, key, encode(segment("s"))))
    assert findings.is_empty
    findings.take(record(SEGMENTS.name, b"s/C01", b"nonsense"))
    assert not any(account.segments for account in findings.accounts())


def test_dead_letters_are_found_by_key_and_for_sound_by_topic():
    findings = Findings("s")
    findings.take_letter(LETTER)
    findings.take_letter(replace(LETTER, topic="audio.pcm.C03", key=b"s"))
    findings.take_letter(replace(LETTER, topic="audio.pcm.C03", key=b"other"))
    findings.take_letter(replace(LETTER, key=b"other/C01"))
    assert {account.channel_id: dict(account.letters) for account in findings.accounts()} == {
        "C01": {SEGMENTS.name: 1},
        "C03": {"audio.pcm.C03": 1},
    }


def test_reading_may_end_when_what_is_known_has_come():
    findings = Findings("s")
    assert not findings.await_transcripts()
    findings.take(record(WINDOWS.name, b"s/C01", encode(window(window_id="s/C01/16000", own_from=16_000))))
    assert findings.await_transcripts()
    findings.take(record(TRANSCRIPTS.name, b"s/C01", encode(transcript("s", spoken("hold", "position")))))
    assert not findings.is_missing
    assert findings.await_segments()
    part = segment("s", 1, text="hold")
    findings.take(record(SEGMENTS.name, b"s/C01", encode(part)))
    assert findings.is_missing
    rest = replace(part, segment_id="s/C01/16000/1")
    findings.take(record(SEGMENTS.name, b"s/C01", encode(rest)))
    assert not findings.is_missing
