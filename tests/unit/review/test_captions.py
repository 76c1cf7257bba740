import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from review.captions import srt, text, textgrid, vtt
from tests.unit.review.sessions import row

ROWS = [row("turn it off", 4, 5.25), row('say "yes" <now> & go', 3661.5, 3662)]


def test_srt_numbers_cues_and_writes_times_with_a_comma():
    assert srt(ROWS) == (
        '1\n00:00:04,000 --> 00:00:05,250\nturn it off\n\n2\n01:01:01,500 --> 01:01:02,000\nsay "yes" <now> & go\n'
    )


def test_vtt_names_cues_by_segment_and_escapes_markup():
    assert vtt(ROWS).splitlines() == [
        "WEBVTT", "", "a/C01/64000/0", "00:00:04.000 --> 00:00:05.250", "turn it off", "",
        "a/C01/58584000/0", "01:01:01.500 --> 01:01:02.000", 'say "yes" &lt;now&gt; &amp; go',
    ]  # fmt: skip


def test_text_is_a_line_for_each_segment():
    assert text([row("one\ntwo", 0, 1), row("three", 1, 2)]) == "one two\nthree\n"


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=10)


@given(spans)
def test_a_textgrid_tiles_its_tiers_from_zero_to_the_end(times):
    grid = textgrid([row("so it is", start, start + length) for start, length in times])
    (end,) = {float(value) for value in re.findall(r"^ {0,8}xmax = ([\d.]+)$", grid, re.MULTILINE)}
    for tier in grid.split("    item [")[1:]:
        edges = re.findall(r"^ {12}xmin = ([\d.]+)\n {12}xmax = ([\d.]+)$", tier, re.MULTILINE)
        assert int(re.search(r"intervals: size = (\d+)", tier)[1]) == len(edges)
        assert float(edges[0][0]) == 0
        assert float(edges[-1][1]) == end
        assert all(float(a) < float(b) for a, b in edges)
        assert all(before[1] == after[0] for before, after in itertools.pairwise(edges))


def test_quotes_in_a_textgrid_are_doubled():
    assert 'text = "say ""yes"" <now> & go"' in textgrid(ROWS)


@given(spans)
def test_no_two_cues_share_time(times):
    cues = re.findall(
        r"(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})", srt([row("x", a, a + b) for a, b in times])
    )
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
