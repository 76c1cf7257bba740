from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from review.audit.stream_tally import StreamTally
from runtime.record import Record
from schemas.codec import encode
from tests.support.segmenting import frame_of, packets, sound

SAMPLES = sound([(1.0, 30)])


def tally_of(frames):
    tally = StreamTally()
    for offset, frame in enumerate(frames, 100):
        tally.take_record(Record("audio.pcm.C01", 0, offset, b"s", encode(frame), 1_000_000 + offset))
    return tally


@given(st.lists(st.sampled_from([100, 511, 1536]), min_size=1, max_size=3))
def test_every_sample_is_counted_once_however_they_were_framed(sizes):
    frames = packets(SAMPLES, sizes)
    tally = tally_of(frames)
    assert (tally.frames, tally.samples, tally.end_sample) == (len(frames), len(SAMPLES), len(SAMPLES))
    assert (tally.first_offset, tally.end_offset) == (100, 100 + len(frames))
    assert (tally.first_us, tally.last_us) == (1_000_100, 1_000_099 + len(frames))
    assert tally.missing_samples == tally.expired_samples == 0


@given(st.data())
def test_frames_that_are_left_out_are_gaps_and_frames_that_come_again_are_none(data):
    frames = packets(SAMPLES, [1536])
    kept = sorted(data.draw(st.sets(st.integers(0, len(frames) - 1), min_size=1)))
    again = data.draw(st.integers(0, len(kept) - 1))
    tally = tally_of([frames[at] for at in (*kept[: again + 1], *kept[again:])])
    assert tally.samples == 1536 * len(kept)
    assert tally.missing_samples == tally.end_sample - tally.samples
    assert tally.frames == len(kept) + 1


def test_what_the_log_does_not_hold_any_more_is_expired_and_no_gap():
    tally = replace(tally_of(packets(SAMPLES, [1536])[2:]), is_cut=True)
    assert (tally.expired_samples, tally.missing_samples) == (2 * 1536, 0)


def test_the_end_is_the_newest_frame_and_a_claim_is_no_frame():
    frames = packets(SAMPLES, [1536])
    assert not tally_of(frames[:1]).is_ended
    ended = [*frames[:-1], replace(frames[-1], last=True)]
    assert tally_of(ended).is_ended
    claim = replace(frame_of(np.zeros(0, np.int16), 0), last=True)
    assert tally_of([claim]).frames == 0
    assert not tally_of([claim, *frames[:-1]]).is_ended


def test_bytes_that_are_no_frame_count_for_nothing():
    tally = StreamTally()
    tally.take_record(Record("audio.pcm.C01", 0, 1, b"s", b"nonsense", 1))
    assert tally == StreamTally()
