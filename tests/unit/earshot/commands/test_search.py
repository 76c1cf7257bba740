from dataclasses import replace
from datetime import datetime

import pytest

from earshot.commands.search import facts_of, highlighted, line_of
from review.hits import Said


def test_hits_are_marked_whatever_their_case():
    marked = highlighted("Hold [position], hold.", ("hold", "[p"))
    assert [(span.start, span.end) for span in marked.spans] == [(0, 4), (17, 21), (5, 7)]
    assert marked.plain == "Hold [position], hold."


@pytest.mark.parametrize(
    ("text", "word", "span"),
    [
        ("À L\u0027ÉLYSÉE", "e\u0301lyse\u0301e", (4, 10)),
        ("an der STRASSE", "straße", (7, 14)),
        ("an der Straße lang", "STRASSE", (7, 13)),
        ("in İstanbul heute", "istanbul", (3, 11)),
        ("\u1112\u1167\u11af\u110b\u1161\u11b8을 재라", "혈압", (0, 2)),
        ("혈압을 재라", "\u1112\u1167\u11af\u110b\u1161\u11b8", (0, 2)),
    ],
)
def test_hits_are_marked_however_either_was_typed(text, word, span):
    assert [(mark.start, mark.end) for mark in highlighted(text, (word,)).spans] == [span]


SAID = Said(datetime(2026, 5, 1, 8, 0, 1, 250_000), "s", "C03", "s/C03/0/1", 1.0, 2.5, "en", "hold [position]")


def test_a_line_has_time_session_and_channel_or_the_id():
    assert line_of(SAID, ("hold",)).plain == "2026-05-01 08:00:01.2  s  C03  hold [position]"
    assert line_of(SAID, ("hold",), ids=True).plain == "2026-05-01 08:00:01.2  s/C03/0/1  hold [position]"


def test_what_was_said_near_a_hit_is_not_marked():
    styles = {str(span.style) for span in line_of(replace(SAID, is_hit=False), ("hold",)).spans}
    assert "bold yellow" not in styles
    assert "bold yellow" in {str(span.style) for span in line_of(SAID, ("hold",)).spans}


def test_json_has_the_zone_of_its_time():
    facts = facts_of(SAID)
    assert (facts["spoken_at"], facts["hit"]) == ("2026-05-01T08:00:01.250000+00:00", True)
    assert (facts["segment_id"], facts["start_s"], facts["text"]) == ("s/C03/0/1", 1.0, "hold [position]")
