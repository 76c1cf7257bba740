import pytest

from earshot.commands.kafka import line_of
from earshot.kafka.reset import Change, changes_to, targets_at

PLACE = ("transcripts.segments", 0)
KEPT = {PLACE: (100, 200)}


@pytest.mark.parametrize(
    ("committed", "target", "change", "words"),
    [
        (150, 120, Change(PLACE, 150, 120), "150 -> 120  30 records again"),
        (150, 180, Change(PLACE, 150, 180), "150 -> 180  30 records passed over"),
        (150, 150, Change(PLACE, 150, 150), "150 -> 150  no change"),
        (150, 7, Change(PLACE, 150, 100), "150 -> 100  50 records again"),
        (150, 900, Change(PLACE, 150, 200), "150 -> 200  50 records passed over"),
        (150, -1, Change(PLACE, 150, 200), "150 -> 200  50 records passed over"),
        (40, 100, Change(PLACE, 100, 100), "100 -> 100  no change"),
        (None, 200, Change(PLACE, 100, 200), "100 -> 200  100 records passed over"),
    ],
)
def test_what_a_new_offset_means(committed, target, change, words):
    known = {} if committed is None else {PLACE: committed}
    (found,) = changes_to({PLACE: target}, known, KEPT)
    assert found == change
    assert line_of(found) == f"transcripts.segments/0  {words}"


def test_ends_of_the_log():
    assert targets_at("earliest", KEPT) == {PLACE: 100}
    assert targets_at("latest", KEPT) == {PLACE: 200}
