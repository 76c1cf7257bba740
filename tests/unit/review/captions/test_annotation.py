import itertools
import re
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from review.captions.annotation import text, textgrid
from tests.unit.review.sessions import row


def test_text_is_a_line_for_each_segment():
    assert text([row("one\ntwo", 0, 1), row("three", 1, 2)]) == "one two\nthree\n"


def test_text_is_composed():
    assert text([row(normalize("NFD", "산소 Élysée"), 0, 1)]) == "산소 Élysée\n"


def test_quotes_in_a_textgrid_are_doubled():
    assert 'text = "say ""yes"" <now> & go"' in textgrid([row('say "yes" <now> & go', 4, 5)])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=10))
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
