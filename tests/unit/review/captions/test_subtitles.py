import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from review.captions.cue import CueShape
from review.captions.subtitles import srt, vtt
from tests.unit.review.sessions import row

SHAPE = CueShape()
ROWS = [row("turn it off", 4, 5.25), row('say "yes" <now> & go', 3661.5, 3662.5)]
LONG = row("the patient is stable now. and the second team should come down to the lower deck", 10, 24)


def test_srt_numbers_cues_and_writes_times_with_a_comma():
    assert srt(ROWS, SHAPE) == (
        '1\n00:00:04,000 --> 00:00:05,250\nturn it off\n\n2\n01:01:01,500 --> 01:01:02,500\nsay "yes" <now> & go\n'
    )


def test_vtt_names_cues_by_segment_and_escapes_markup():
    assert vtt(ROWS, SHAPE).splitlines() == [
        "WEBVTT", "", "a/C01/64000/0", "00:00:04.000 --> 00:00:05.250", "turn it off", "",
        "a/C01/58584000/0", "01:01:01.500 --> 01:01:02.500", 'say "yes" &lt;now&gt; &amp; go',
    ]  # fmt: skip


def test_of_several_cues_of_a_segment_each_has_its_number():
    assert vtt([LONG], SHAPE) == (
        "WEBVTT\n\na/C01/160000/0#1\n00:00:10.000 --> 00:00:16.920\nthe patient is stable now. and the second\n"
        "\na/C01/160000/0#2\n00:00:17.000 --> 00:00:24.000\nteam should come down to the lower deck\n"
    )


def test_a_cue_of_two_lines_is_written_as_two():
    narrow = CueShape(width=20)
    assert srt([row("turn it off and come down", 0, 2)], narrow).splitlines() == [
        "1", "00:00:00,000 --> 00:00:02,000", "turn it off", "and come down",
    ]  # fmt: skip


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=10)


@given(spans)
def test_no_two_cues_share_time(times):
    written = srt([row("x", a, a + b) for a, b in times], SHAPE)
    cues = re.findall(r"(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})", written)
    milliseconds = [
        tuple(
            sum(int(part) * unit for part, unit in zip(half, (3_600_000, 60_000, 1000, 1), strict=True))
            for half in (cue[:4], cue[4:])
        )
        for cue in cues
    ]
    assert len(milliseconds) == len(times)
    assert all(start < end for start, end in milliseconds)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(milliseconds))
