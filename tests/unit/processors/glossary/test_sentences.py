from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.glossary.sentences import Sentence, limits_of, sentences_of, sure_spans
from schemas.events import Word
from tests.support.transcripts import spoken, transcript

LIMITS = limits_of(gap_s=1.0, max_s=15.0)


def texts(*words: Word, **changes: object) -> list[str]:
    return [sentence.text for sentence in sentences_of(transcript("s", words, **changes), LIMITS)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["Hold", "position.", "Out."], ["Hold position.", "Out."]),
        (["왼쪽입니까?", "확인."], ["왼쪽입니까?", "확인."]),
        (["Really?!", "Yes…", "no"], ["Really?!", "Yes…", "no"]),
        (['"Stop."', "he", "said"], ['"Stop."', "he said"]),
        (["Dr.", "Kim", "at", "5", "p.m.", "today"], ["Dr. Kim at 5 p.m. today"]),
        (["A.", "B.", "Smith"], ["A. B. Smith"]),
        (["3.", "5", "meters."], ["3. 5 meters."]),
        (["gate", "5.", "Go."], ["gate 5.", "Go."]),
        (["one", "two"], ["one two"]),
    ],
)
def test_ends_at_sentence_punctuation(words, expected):
    assert texts(*spoken(*words)) == expected


def test_ends_at_a_pause():
    first, second = spoken("one", "two", gap=15_999), spoken("one", "two", gap=16_000)
    assert texts(*first) == ["one two"]
    assert texts(*second) == ["one", "two"]


def test_ends_where_it_would_be_too_long():
    words = spoken(*"abcdefgh", each=48_000, gap=0)
    assert texts(*words) == ["a b c d e", "f g h"]


def test_the_text_is_written_as_whisper_wrote_it():
    stripped = [replace(word, text=word.text.strip()) for word in spoken("Ready,", "go.", "Now")]
    assert texts(*stripped, text="Ready,  go.\u00a0Now!") == ["Ready,  go.", "Now!"]
    assert texts(*stripped, text="something else") == ["Ready, go.", "Now"]
    japanese = [replace(word, text=word.text.strip()) for word in spoken("血圧", "を", "測れ。")]
    assert texts(*japanese, text="血圧を測れ。") == ["血圧を測れ。"]


def test_text_without_words_is_one_piece():
    made = transcript("s", (), text=" hold position ", own_from=8_000, speech_to=24_000)
    (only,) = sentences_of(made, LIMITS)
    assert (only.text, only.start_sample, only.end_sample) == ("hold position", 8_000, 24_000)


@pytest.mark.parametrize("text", ["", "  "])
def test_no_text_gives_no_pieces(text):
    assert sentences_of(transcript("s", spoken("x"), text=text), LIMITS) == []


WORDS = st.lists(
    st.tuples(
        st.sampled_from(["hold", "on.", "혈압을", "재라?", "Dr.", "3.", "5", "no!", "…"]),
        st.integers(0, 40_000),
        st.integers(1, 60_000),
    ),
    min_size=1,
    max_size=25,
)


@given(WORDS)
def test_law_the_pieces_tile_the_words_in_order(parts):
    words, at = [], 0
    for text, gap, length in parts:
        words.append(Word(f" {text}", at + gap, at + gap + length, 0.9, False))
        at += gap + length
    made = transcript("s", words)
    pieces = sentences_of(made, LIMITS)
    assert [word for piece in pieces for word in piece.words] == words
    assert " ".join(piece.text for piece in pieces) == made.text
    for piece in pieces:
        assert (piece.start_sample, piece.end_sample) == (piece.words[0].start_sample, piece.words[-1].end_sample)
        assert len(piece.words) == 1 or piece.end_sample - piece.start_sample <= LIMITS.max_samples


def test_words_that_the_model_was_sure_of_have_their_place_in_the_text():
    one, two, three = spoken("Hold", "hold", "position.")
    words = (replace(one, probability=0.95), replace(two, probability=0.6), replace(three, probability=0.9))
    assert sure_spans(Sentence("Hold, hold position.", words, 0, 1)) == ((0, 4), (11, 20))
    assert sure_spans(Sentence("Hold, hold position.", (replace(words[0], interpolated=True),), 0, 1)) == ()
    assert sure_spans(Sentence("Something else.", words, 0, 1)) == ()
    assert sure_spans(Sentence("Hold.", (), 0, 1)) == ()
