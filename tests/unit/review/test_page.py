import json
from dataclasses import replace
from html.parser import HTMLParser

from rich.console import Console

from review.comparison import compare
from review.page import marked, page_of
from review.report import clock, facts_of, lines_of, verdict_of
from tests.unit.review.sessions import row, session

OLD = session(row("the <b>pump</b> is on", 1, 3), row("turn it off", 4, 5))
NEW = session(
    row("the <b>pump</b> is off", 1, 3, session="b"),
    replace(row("turn it off", 4, 5, session="b"), decoding={**row("x", 4, 5).decoding, "beam_size": "1"}),
    name="b",
)


class Balance(HTMLParser):
    """Counts open elements."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.sources = [], [], []

    def handle_starttag(self, tag, attributes):
        self.sources += [value for name, value in attributes if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def test_the_page_is_whole_and_needs_nothing_else():
    page = page_of(compare(OLD, NEW))
    balance = Balance()
    balance.feed(page)
    assert (balance.open, balance.faults, balance.sources) == ([], [], [])
    assert "url(" not in page
    assert "<script" not in page
    assert "&lt;b&gt;pump&lt;/b&gt;" in page
    assert "<b>pump</b>" not in page
    assert "<del>on</del>" in page
    assert "<ins>off</ins>" in page
    assert "earshot clip b/C01/16000/0 -o b-C01-16000-0.wav" in page


def test_only_the_words_that_differ_are_marked():
    assert marked("a b c", "a x c d") == ("a <del>b</del> c", "a <ins>x</ins> c <ins>d</ins>")
    assert marked("", "a") == ("", "<ins>a</ins>")


def test_the_facts_survive_json_and_name_the_change():
    facts = json.loads(json.dumps(facts_of(compare(OLD, NEW))))
    assert not facts["same"]
    assert facts["total"]["word_edits"] == 1
    assert facts["differences"] == [{"name": "beam_size", "a": "5", "b": "1", "windows": 1}]
    (change,) = facts["changed"]
    assert (change["channel"], change["start_s"], change["kind"]) == ("C01", 1.0, "text")
    assert change["segments_b"][0]["audio"] == "audio.pcm.C01[0]@10–19"


def test_the_terminal_shows_old_new_time_and_how_to_hear_it():
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.file:
        for line in lines_of(compare(OLD, NEW)):
            console.print(line)
    text = console.export_text()
    for part in (
        "A the <b>pump</b> is on",
        "B the <b>pump</b> is off",
        "C01 0:00:01.0–0:00:03.0",
        "earshot clip",
        "beam_size",
    ):
        assert part in text


def test_the_verdict_counts_what_differs():
    assert verdict_of(compare(OLD, NEW)) == "1 of 2 places differ: 1 heard otherwise"
    assert verdict_of(compare(OLD, OLD)).startswith("the same: 2 of 2")


def test_times_are_written_as_a_clock():
    assert clock(3723.46) == "1:02:03.5"
    assert clock(59.97) == "0:01:00.0"
    assert clock(0) == "0:00:00.0"
