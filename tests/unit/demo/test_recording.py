import numpy as np
import pytest

from demo.recording import RATE_HZ, Delivery, record, word_spans
from demo.speech import NATIVE_RATE_HZ, Mark, Speech, Voice

S = NATIVE_RATE_HZ


def speech(words: list[tuple[float, int]], phones: list[tuple[float, str]], seconds: float) -> Speech:
    return Speech(
        np.full(int(seconds * S), 1_000, np.int16),
        tuple(Mark(int(start * S), "", character) for start, character in words),
        tuple(Mark(int(start * S), label, -1) for start, label in phones),
    )


GATE_TWO = speech([(0.0, 0), (1.0, 6)], [(0.0, "g"), (0.4, "t"), (0.6, "_:"), (1.0, "t"), (1.2, "u:"), (1.5, "_")], 1.6)


class OneSpeech:
    def __init__(self, spoken: Speech) -> None:
        self.spoken = spoken

    def speak(self, text: str, voice: Voice) -> Speech:
        return self.spoken


def in_seconds(spans: list[tuple[int, int]], rate_hz: int) -> list[tuple[float, float]]:
    return [(round(start / rate_hz, 2), round(end / rate_hz, 2)) for start, end in spans]


def test_a_pause_ends_a_word() -> None:
    assert in_seconds(word_spans("gate, two.", GATE_TWO), S) == [(0.0, 0.6), (1.0, 1.5)]


def test_a_word_that_is_joined_to_its_neighbour_is_placed_by_its_letters() -> None:
    joined = speech([(0.0, 0), (1.0, 7)], [(0.0, "a"), (1.0, "g"), (1.4, "_")], 1.5)
    spans = in_seconds(word_spans("at the gate", joined), S)
    assert spans[0][1] == spans[1][0] == pytest.approx(3 / 7, abs=0.01)
    assert spans[2] == (1.0, 1.4)


def test_a_recording_is_trimmed_and_at_16_khz() -> None:
    recording = record(OneSpeech(GATE_TWO), "en", "gate, two.", Delivery(Voice("en-us")))
    assert len(recording.pcm) == pytest.approx(1.53 * RATE_HZ, abs=2)
    assert in_seconds(recording.words, RATE_HZ) == [(0.0, 0.6), (1.0, 1.5)]
    assert [label for _, label in recording.phones] == ["g", "t", "_", "t", "u:", "_"]


def test_a_smaller_speaker_is_faster() -> None:
    recording = record(OneSpeech(GATE_TWO), "en", "gate, two.", Delivery(Voice("en-us"), size=1.25))
    assert in_seconds(recording.words, RATE_HZ) == [(0.0, 0.48), (0.8, 1.2)]


def test_a_hurried_speaker_makes_no_long_pause() -> None:
    recording = record(OneSpeech(GATE_TWO), "en", "gate, two.", Delivery(Voice("en-us"), hurried=True))
    (_, first_end), (second_start, _) = in_seconds(recording.words, RATE_HZ)
    assert second_start - first_end == pytest.approx(0.12, abs=0.01)
