"""Where a window says that there is speech: within what it owns, in order, and as much as it counts."""

from hypothesis import given

from processors.segmenter.partition import PartitionStreams
from schemas.events import SpeechWindow
from tests.support.segmenting import SMALL, TOPIC, EchoModel, levels_of, packets, sound


def windows_of(levels: list[tuple[float, int]]) -> list[SpeechWindow]:
    streams = PartitionStreams(TOPIC, 0, EchoModel(), SMALL)
    frames = packets(sound(levels), [1536])
    taken = [streams.take(frame, offset, frame.captured_at) for offset, frame in enumerate(frames)]
    return [window for each in taken for window in each.windows]


@given(levels_of())
def test_the_spans_lie_in_what_is_owned_and_make_up_the_voiced_samples(levels: list[tuple[float, int]]) -> None:
    for window in windows_of(levels):
        edges = [edge for span in window.voiced for edge in (span.start_sample, span.end_sample)]
        assert edges == sorted(set(edges))  # neighbours that touch are one span
        assert sum(span.end_sample - span.start_sample for span in window.voiced) == window.voiced_samples
        if edges:
            assert window.own_from <= edges[0]
            assert edges[-1] == window.speech_to <= window.own_to


def test_a_pause_within_an_utterance_parts_them() -> None:
    (*_, window) = windows_of([(1.0, 3), (0.0, 2), (1.0, 3), (0.0, 8)])
    assert len(window.voiced) == 2
