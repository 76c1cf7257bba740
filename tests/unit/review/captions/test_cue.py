import itertools
from dataclasses import replace
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from review.captions.cue import GAP_S, LEAST_CUE_S, LEAST_S, CueShape, cues_of
from review.rows import RowWord
from tests.unit.review.sessions import row

WORDS = ["so", "it", "is,", "patient", "산소포화도가", "삼번", "준비해", "now.", "extraordinarily", "Q" * 60, "ECMO를"]
TICK = 1_600
"""A tenth of a second, in samples."""


english_and_korean = st.sampled_from(WORDS)


@st.composite
def spoken(draw, words=english_and_korean, spaced=True):
    """A row with the true times of its words; the glossary may have written some of it anew."""
    at = first = draw(st.integers(0, 600)) * TICK
    heard = []
    for word in draw(st.lists(words, min_size=1, max_size=40)):
        start = at + draw(st.sampled_from([0, 0, 1, 5])) * TICK
        at = start + draw(st.integers(1, 8)) * TICK
        heard.append(RowWord(word, start, at))
    text = list(word.text for word in heard)
    for place in draw(st.lists(st.integers(0, len(text) - 1), max_size=3)):
        text[place] = draw(words)
    written = (" " if spaced else "").join(text)
    language = draw(st.sampled_from(["en", "ko", "ja"]))
    made = row(written, first / 16_000, at / 16_000)
    return replace(made, words=tuple(heard), start_sample=heard[0].start_sample, language=language)


shapes = st.builds(
    CueShape, width=st.none() | st.integers(1, 60), lines=st.integers(1, 3), cue_s=st.sampled_from([0.5, 2.0, 7.0])
)
japanese = st.sampled_from(["患者", "の", "酸素", "が", "下がって", "います。", "すぐ", "、", "ECMO", "を"])


@given(spoken(), shapes)
def test_no_word_is_lost_and_their_order_is_kept(spoken_row, shape):
    words = [word for cue in cues_of([spoken_row], shape) for line in cue.lines for word in line.split()]
    assert words == spoken_row.text.split()


@given(spoken(japanese, spaced=False), shapes)
def test_no_letter_of_a_text_without_spaces_is_lost(spoken_row, shape):
    assert "".join("".join(cue.lines) for cue in cues_of([spoken_row], shape)) == spoken_row.text


@given(spoken(), shapes)
def test_every_line_is_within_the_width_unless_a_single_word_is_wider(spoken_row, shape):
    width = shape.columns(spoken_row)
    for cue in cues_of([spoken_row], shape):
        assert all(cell_len(line) <= width or " " not in line for line in cue.lines)
        assert len(cue.lines) <= shape.lines


@given(spoken(), shapes)
def test_no_cue_is_longer_than_asked_for_unless_a_single_word_is(spoken_row, shape):
    for cue in cues_of([spoken_row], shape):
        assert cue.end_s - cue.start_s <= shape.cue_s + 1e-6 or len(" ".join(cue.lines).split()) == 1


@given(spoken(), shapes)
def test_a_cue_begins_where_its_first_word_was_heard(spoken_row, shape):
    assert spoken_row.words[0].start_sample == spoken_row.start_sample
    if spoken_row.text != " ".join(word.text for word in spoken_row.words):
        return  # what the glossary wrote anew has no time of its own
    starts = [word.start_sample / 16_000 for word in spoken_row.words]
    at = 0
    for cue in cues_of([spoken_row], shape):
        assert cue.start_s == pytest.approx(starts[at])
        at += len(" ".join(cue.lines).split())


@given(st.lists(spoken(), max_size=4), shapes)
def test_cues_never_overlap_and_leave_two_frames_unless_there_is_hardly_time(rows, shape):
    cues = cues_of(rows, shape)
    assert all(cue.end_s - cue.start_s >= LEAST_S - 1e-9 for cue in cues)
    for before, after in itertools.pairwise(cues):
        assert before.end_s <= after.start_s
        is_short = before.end_s - before.start_s < LEAST_CUE_S / 2 + GAP_S
        assert after.start_s - before.end_s >= GAP_S - 1e-9 or is_short


def test_a_short_cue_stays_long_enough_to_be_read_where_there_is_room():
    early, late = cues_of([row("yes", 1, 1.2), row("no", 1.7, 1.9)], CueShape())
    assert early.end_s == pytest.approx(1.7 - GAP_S)
    assert late.end_s == pytest.approx(1.7 + LEAST_CUE_S)


LONG = (
    "So we went down, and the second team, which had been waiting at the lower deck since eight o'clock, came up "
    "again. Nobody had told them that the lift was out of order, and when they finally arrived the patient was gone"
)


def test_fourteen_seconds_in_one_line_are_three_cues_of_two_lines():
    cues = cues_of([row(LONG, 10, 24)], CueShape())
    assert [len(cue.lines) for cue in cues] == [2, 2, 2]
    assert cues[0].lines[0] == "So we went down, and the second team,"
    assert max(cell_len(line) for cue in cues for line in cue.lines) <= 42
    assert (cues[0].start_s, cues[-1].end_s) == (10.0, 24.0)


def test_where_there_is_a_choice_a_cue_ends_with_the_sentence():
    text = "the patient is stable now and breathing. he wants to see his wife before we move him to the ward upstairs"
    assert " ".join(cues_of([row(text, 0, 8)], CueShape())[0].lines) == "the patient is stable now and breathing."


KOREAN = "삼번 환자 산소포화도가 계속 떨어지고 있으니 지금 바로 인공호흡기를 준비해 주시고 ECMO 팀도 대기해 주세요"


def test_korean_lines_hold_sixteen_full_width_letters():
    cues = cues_of([replace(row(KOREAN, 0, 12), language="ko")], CueShape())
    lines = [line for cue in cues for line in cue.lines]
    assert max(map(cell_len, lines)) <= 32
    assert " ".join(lines) == KOREAN
    assert cues_of([row(KOREAN, 0, 12)], CueShape()) == cues  # by its letters, where the language is another


def test_japanese_is_cut_between_heard_words_and_never_before_a_full_stop():
    words = ["患者", "の", "酸素", "飽和", "度", "が", "下がって", "います。", "すぐに", "人工", "呼吸器", "を", "準備"]
    text = "".join(words)
    heard = tuple(RowWord(word, at * 8_000, at * 8_000 + 8_000) for at, word in enumerate(words))
    cues = cues_of([replace(row(text, 0, 6.5), words=heard, language="ja")], CueShape(width=8, lines=2))
    lines = [line for cue in cues for line in cue.lines]
    assert "".join(lines) == text
    assert max(map(cell_len, lines)) <= 16
    borders = set(itertools.accumulate(map(len, words)))
    assert set(itertools.accumulate(map(len, lines))) <= borders


def test_what_was_heard_as_one_long_word_may_be_cut_anywhere():
    text = "患者の酸素飽和度が下がっています。すぐに人工呼吸器を準備してください。ご家族にも連絡をお願いします"
    for words in ((RowWord(text, 0, 160_000),), ()):
        cues = cues_of([replace(row(text, 0, 10), words=words, language="ja")], CueShape())
        lines = [line for cue in cues for line in cue.lines]
        assert "".join(lines) == text
        assert max(map(cell_len, lines)) <= 32
        assert not any(line.startswith("。") for line in lines)


def test_what_the_glossary_wrote_has_the_time_of_what_was_heard():
    heard = ["bring", "e", "c", "m", "o", "here"]
    words = tuple(RowWord(word, at * 16_000, at * 16_000 + 16_000) for at, word in enumerate(heard))
    made = replace(row("bring ECMO here", 0, 6), words=words)
    cues = cues_of([made], CueShape(width=6, lines=1))
    assert [(cue.lines[0], cue.start_s) for cue in cues] == [("bring", 0.0), ("ECMO", 1.0), ("here", 5.0)]


def test_texts_are_composed():
    (cue,) = cues_of([row(normalize("NFD", "산소 Élysée"), 0, 1)], CueShape())
    assert cue.lines == ("산소 Élysée",)


def test_a_row_without_text_is_no_cue():
    assert cues_of([row(" ", 0, 1)], CueShape()) == []
