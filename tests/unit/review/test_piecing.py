from dataclasses import replace

import numpy as np
from hypothesis import given

from review.piecing import Layout
from schemas.audio import captured_at_of
from tests.support.segmenting import faulty_stream, frame_of, packets, sound


def laid(frames):
    layout = Layout()
    pcm = b"".join(layout.lay(frames))
    return layout.pieces, np.frombuffer(pcm, "<i2")


def brought_back(pieces, samples):
    """Position → sample, for each run of the stream."""
    return [(piece.first_sample, samples[piece.at : piece.at + piece.samples].tolist()) for piece in pieces]


def test_a_whole_stream_is_one_piece_that_holds_it():
    samples = sound([(1.0, 20), (0.0, 5)])
    pieces, stored = laid(packets(samples, [1536]))
    assert [(piece.at, piece.samples, piece.first_sample) for piece in pieces] == [(0, len(samples), 0)]
    assert np.array_equal(stored, samples)


def test_a_gap_is_silence_in_the_file_and_a_new_piece():
    samples = sound([(1.0, 12)])
    frames = packets(samples, [1536])
    pieces, stored = laid([frames[0], *frames[2:]])
    assert [(piece.at, piece.first_sample) for piece in pieces] == [(0, 0), (3072, 3072)]
    assert not stored[1536:3072].any()
    assert np.array_equal(stored[3072:], samples[3072:])


def test_repeated_and_late_samples_are_left_out():
    samples = sound([(1.0, 12)])
    frames = packets(samples, [1536])
    overlapping = replace(frame_of(samples[3000:4608], 3000))
    pieces, stored = laid([*frames[:2], frames[0], overlapping, *frames[3:]])
    assert len(pieces) == 1
    assert np.array_equal(stored, samples)


def test_a_stream_that_begins_again_later_is_another_piece():
    samples = sound([(1.0, 6)])
    first = packets(samples, [1536])
    again = [replace(frame, captured_at=frame.captured_at + 60_000_000) for frame in first]
    pieces, stored = laid([*first, *again])
    assert [piece.first_sample for piece in pieces] == [0, 0]
    assert np.array_equal(stored, np.concatenate([samples, samples]))


@given(faulty_stream("s"))
def test_what_is_laid_down_is_what_the_frames_brought(frames):
    pieces, stored = laid(frames)
    end = 0
    for piece in pieces:
        assert piece.at >= end
        end = piece.at + piece.samples
    assert end == len(stored)
    held = {}
    for frame in frames:
        for place, value in enumerate(np.frombuffer(frame.pcm, "<i2").tolist()):
            held.setdefault(frame.first_sample + place, []).append(value)
    for first, values in brought_back(pieces, stored):
        assert all(value in held[first + place] for place, value in enumerate(values))


@given(faulty_stream("s"))
def test_every_piece_knows_when_it_was_captured(frames):
    pieces, _ = laid(frames)
    times = {(frame.first_sample, frame.captured_at) for frame in frames}
    for piece in pieces:
        assert any(
            abs(piece.captured_at - captured_at_of(piece.first_sample, first, captured)) <= 1
            for first, captured in times
            if first <= piece.first_sample
        )
