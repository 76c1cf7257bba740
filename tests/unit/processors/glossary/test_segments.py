from dataclasses import replace

from processors.glossary.corrector import Corrector
from processors.glossary.segments import segments_of
from processors.glossary.sentences import limits_of
from runtime.libraries import libraries_of
from schemas.events import GlossaryTerm, SampleSpan
from tests.support.dictionaries import DICTIONARIES
from tests.support.transcripts import CAPTURED_AT, spoken, transcript

LIMITS = limits_of(gap_s=1.0, max_s=15.0)
CORRECTOR = Corrector([GlossaryTerm("ECMO", ("eck mo",), "en", "")], 87, DICTIONARIES)


def test_segments_carry_what_the_transcript_knows():
    made = transcript("s", spoken("Start", "eck", "mo.", "Out."))
    first, last = segments_of(made, 77, CORRECTOR, LIMITS)
    assert (first.segment_id, last.segment_id) == ("s/C01/16000/0", "s/C01/16000/1")
    assert (first.text, first.text_raw) == ("Start ECMO.", "Start eck mo.")
    assert [change.to_text for change in first.corrections] == ["ECMO"]
    assert [word.text for word in first.words] == [" Start", " eck", " mo."]
    assert (first.utterance_end, last.utterance_end) == (False, True)
    assert first.glossary_version == CORRECTOR.version != ""
    assert (first.transcribed_at, first.windowed_at) == (77, made.windowed_at)
    assert (first.audio, first.decoding, first.utterance_id) == (made.audio, made.decoding, made.utterance_id)


def test_times_follow_from_samples():
    made = transcript("s", spoken("Go.", "Out.", start=32_000), own_from=16_000)
    first, last = segments_of(made, 0, CORRECTOR, LIMITS)
    assert first.captured_at == CAPTURED_AT + 1_000_000
    assert last.captured_at == CAPTURED_AT + 1_550_000
    assert (
        first.speech_ended_at == last.speech_ended_at == CAPTURED_AT + (made.speech_to - 16_000) * 1_000_000 // 16_000
    )


def test_an_interim_stays_one():
    made = transcript("s", spoken("Go"), final=False, revision=3, utterance_end=False)
    (only,) = segments_of(made, 0, CORRECTOR, LIMITS)
    assert (only.final, only.revision, only.utterance_end) == (False, 3, False)


def test_speech_without_words_goes_to_the_sentence_before_it():
    spans = tuple(SampleSpan(start, start + 100) for start in (16_000, 33_000, 60_000, 90_000))
    made = transcript("s", spoken("Go.", "Out.", start=32_000, gap=8_000), uncovered=spans)
    first, last = segments_of(made, 0, CORRECTOR, LIMITS)
    assert first.start_sample == 32_000
    assert last.start_sample == 48_000
    assert (first.uncovered, last.uncovered) == (spans[:2], spans[2:])


def test_speech_of_which_nothing_was_written_is_a_segment_without_text():
    spans = (SampleSpan(20_000, 30_000), SampleSpan(40_000, 60_000))
    made = transcript("s", (), text="", own_from=16_000, uncovered=spans)
    (mark,) = segments_of(made, 0, CORRECTOR, LIMITS)
    assert (mark.text, mark.text_raw, mark.words, mark.corrections) == ("", "", (), ())
    assert (mark.start_sample, mark.end_sample, mark.uncovered) == (20_000, 60_000, spans)
    assert mark.captured_at == CAPTURED_AT + 250_000
    assert mark.utterance_end
    assert segments_of(replace(made, final=False, revision=1), 0, CORRECTOR, LIMITS) == []


def test_a_segment_says_what_corrected_it():
    (only,) = segments_of(transcript("s", spoken("Go")), 0, CORRECTOR, LIMITS)
    assert only.libraries == libraries_of("rapidfuzz", "wordfreq", "python-mecab-ko-dic")


def test_no_text_no_segments():
    assert segments_of(transcript("s", (), text="", rejected="no_speech"), 0, CORRECTOR, LIMITS) == []


def test_another_language_is_not_corrected():
    (only,) = segments_of(replace(transcript("s", spoken("eck", "mo")), language="ko"), 0, CORRECTOR, LIMITS)
    assert only.text == "eck mo"
