import numpy as np
import pytest

from models.training import targets, tokens
from models.training.placing import Placed, Scene
from models.training.targets import Wanted
from models.training.tokens import Vocabulary

SECOND = 16_000


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(tokens.train_pieces([" gate two.", " gate ten, over.", " 둘 번 게이트."] * 50))


def gate_two(start_s: float = 0.5) -> Placed:
    start = int(start_s * SECOND)
    spans = [(start, start + SECOND // 2), (start + SECOND // 2, start + SECOND)]
    return Placed("en", ["gate", "two."], spans, whole=True)


def scene(*placed: Placed) -> Scene:
    return Scene(np.zeros(5 * SECOND, np.float32), list(placed), end=2 * SECOND)


def names(vocabulary: Vocabulary, ids: list[int]) -> list[str]:
    count = vocabulary.pieces.get_vocab_size()
    return [vocabulary.pieces.decode([i]) if i < count else tokens.special_names()[i - count] for i in ids if i >= 0]


def test_without_times_the_text_follows_notimestamps(vocabulary: Vocabulary) -> None:
    target = targets.speech_target(vocabulary, scene(gate_two()), Wanted([], False, 250))
    head = ["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"]
    assert names(vocabulary, target.tokens) == [*head, " ", " gate", " two", "."]
    assert names(vocabulary, target.answers) == ["<|en|>", " ", " gate", " two", ".", "<|endoftext|>"]


def test_with_times_each_utterance_stands_between_two(vocabulary: Vocabulary) -> None:
    target = targets.speech_target(vocabulary, scene(gate_two(), gate_two(2.5)), Wanted([], True, 250))
    written = names(vocabulary, target.answers)
    assert written[1:6] == ["<|0.50|>", " ", " gate", " two", "."]
    assert written[6:9] == ["<|1.50|>", "<|2.50|>", " gate"]
    assert written[-2:] == ["<|3.50|>", "<|endoftext|>"]


def test_the_first_time_is_never_later_than_the_decoder_allows(vocabulary: Vocabulary) -> None:
    target = targets.speech_target(vocabulary, scene(gate_two(2.0)), Wanted([], True, 250))
    assert "<|1.00|>" in names(vocabulary, target.answers)


def test_every_token_is_heard_where_its_word_is(vocabulary: Vocabulary) -> None:
    target = targets.speech_target(vocabulary, scene(gate_two()), Wanted([], False, 250))
    assert target.spans[3] == (0, 25), "the bare space is the quiet before the first word"
    assert target.spans[4:6] == [(25, 50), (50, 75)]
    assert target.spans[6] == (75, 90), "the full stop is the pause after the word"


def test_words_that_begin_with_the_window_still_have_a_lead(vocabulary: Vocabulary) -> None:
    target = targets.speech_target(vocabulary, scene(gate_two(0.0)), Wanted([], False, 250))
    assert target.spans[3:5] == [(0, 1), (0, 25)]


def test_a_full_stop_is_heard_until_the_next_utterance(vocabulary: Vocabulary) -> None:
    target = targets.speech_target(vocabulary, scene(gate_two(), gate_two(2.5)), Wanted([], False, 250))
    assert target.spans[6:8] == [(75, 125), (125, 150)]


def test_a_cut_utterance_has_no_full_stop(vocabulary: Vocabulary) -> None:
    cut = Placed("en", ["gate", "ten,"], gate_two().spans, whole=False)
    target = targets.speech_target(vocabulary, scene(cut), Wanted([], False, 250))
    assert "." not in names(vocabulary, target.answers)
    assert "," not in names(vocabulary, target.answers)


def test_nothing_said_is_no_speech_and_no_text(vocabulary: Vocabulary) -> None:
    target = targets.silence_target(vocabulary, "ko", Wanted([], False, 250))
    assert names(vocabulary, target.tokens)[:2] == ["<|startoftranscript|>", "<|ko|>"]
    assert names(vocabulary, target.answers) == ["<|nospeech|>", "<|endoftext|>"]
    assert set(target.spans) == {(0, 0)}


def test_a_prompt_is_given_and_never_asked_for(vocabulary: Vocabulary) -> None:
    prompt = [vocabulary.special("<|startofprev|>"), *vocabulary.encode(" gate ten")[0]]
    target = targets.speech_target(vocabulary, scene(gate_two()), Wanted(prompt, False, 250))
    assert target.tokens[: len(prompt)] == prompt
    assert target.answers[: len(prompt)] == [targets.NOTHING] * len(prompt)
    assert len(target.tokens) == len(target.answers) == len(target.spans)


def test_phones_are_named_by_frame_and_pauses_are_none() -> None:
    said = scene(gate_two())
    said.phone_starts = [np.array([SECOND // 2, SECOND, SECOND + SECOND // 4], np.int32)]
    said.phones, said.phone_ends = [["en:g", "en:_", "en:t"]], [SECOND + SECOND // 2]
    frames = targets.phone_frames(said, {"en:g": 2, "en:t": 3, "en:_": 0}, 250)
    assert frames[24] == 0
    assert set(frames[25:50]) == {2}
    assert frames[55] == 0
    assert set(frames[63:74]) == {3}
    assert not frames[76:].any()
