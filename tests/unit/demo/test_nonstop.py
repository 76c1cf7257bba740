import numpy as np

from demo.nonstop import _joined
from demo.recording import Recording

HALF_S = 8_000
SENTENCES = [Recording("en", f"gate {n}.", np.ones(HALF_S, np.int16), [(0, 3_000), (3_000, 8_000)], []) for n in "abc"]


def test_sentences_follow_each_other_with_the_pauses_asked_for() -> None:
    sound, truth = _joined(SENTENCES, (0.25, 0.25))
    assert [round(sentence.start_s, 2) for sentence in truth] == [0.5, 1.25, 2.0]
    assert [round(sentence.end_s, 2) for sentence in truth] == [1.0, 1.75, 2.5]
    assert len(sound) == int((2.5 + 0.25 + 1.0) * 16_000)


def test_words_are_where_they_are_in_the_sound() -> None:
    _, truth = _joined(SENTENCES, (0.25, 0.25))
    assert [word.word for word in truth[1].words] == ["gate", "b."]
    assert truth[1].words[1].start_s == 1.438
