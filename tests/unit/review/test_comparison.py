import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.comparison import CUT, GLOSSARY, LOST, NEW, TEXT, compare, cost_of, groups_of
from review.differences import Difference
from review.report import facts_of, verdict_of
from review.rows import Change, Origin, Part
from tests.unit.review.sessions import row, session

SPOKEN = (row("the pump is on", 1, 3), row("turn it off", 4, 5), row("no", 6, 6.4, channel="C02"))


def renamed(rows, name):
    return [
        replace(
            one,
            segment_id=one.segment_id.replace("a/", f"{name}/", 1),
            window_id=one.window_id.replace("a/", f"{name}/", 1),
        )
        for one in rows
    ]


def test_a_replay_of_the_same_text_is_the_same():
    found = compare(session(*SPOKEN), session(*renamed(SPOKEN, "b"), name="b"))
    assert found.is_same
    assert found.total.cer == found.total.wer == 0
    assert (found.windows.same, found.windows.only_old, found.windows.only_new) == (3, 0, 0)
    assert found.groups_compared == 3
    assert not found.differences
    assert not found.corrections


def test_one_word_is_found_where_it_changed_and_counted_once():
    b = renamed(SPOKEN, "b")
    b[1] = replace(b[1], text="turn it on", text_raw="turn it on")
    found = compare(session(*SPOKEN), session(*b, name="b"))
    (group,) = found.groups
    assert (group.kind, group.channel_id, group.start_s) == (TEXT, "C01", 4)
    assert (found.total.word_edits, found.total.words) == (1, 8)
    assert (found.channels["C01"].character_edits, found.channels["C02"].character_edits) == (2, 0)
    assert found.channels["C01"].characters == len("the pump is on") + len("turn it off")


@pytest.mark.parametrize(("old", "new", "kind"), [(SPOKEN, SPOKEN[:2], LOST), (SPOKEN[:2], SPOKEN, NEW)])
def test_a_segment_that_one_side_lacks(old, new, kind):
    found = compare(session(*old), session(*renamed(new, "b"), name="b"))
    assert [(group.kind, group.channel_id) for group in found.groups] == [(kind, "C02")]
    assert found.total.word_edits == 1


def test_another_cut_of_the_same_words_is_no_error():
    whole = row("the pump is on and runs", 1, 4)
    halves = [row("the pump is on", 1, 2.5), row("and runs", 2.5, 4, window=16_000, index=1)]
    found = compare(session(whole), session(*renamed(halves, "b"), name="b"))
    # the halves touch at 2.5 s, inside the whole: one group
    assert [group.kind for group in found.groups] == [CUT]
    assert found.total.cer == 0


def test_another_correction_is_told_as_such_with_the_correction():
    heard = "check the bent"
    old = row(heard, 1, 2)
    new = row("check the vent", 1, 2, session="b", text_raw=heard, corrections=[("bent", "vent", "vent", "alias")])
    new = replace(new, decoding={**new.decoding, "glossary_version": "g2"})
    found = compare(session(old), session(new, name="b"))
    assert [group.kind for group in found.groups] == [GLOSSARY]
    assert [(item.made_by, item.change) for item in found.corrections] == [
        ("B", Change("bent", "vent", "vent", "alias"))
    ]
    assert found.differences == (Difference("glossary_version", "g1", "g2", 1),)


def test_a_decoding_that_differs_is_told_with_how_many_windows():
    b = [replace(one, decoding={**one.decoding, "beam_size": "1"}) for one in renamed(SPOKEN, "b")]
    found = compare(session(*SPOKEN), session(*b, name="b"))
    assert found.differences == (Difference("beam_size", "5", "1", 3),)
    assert found.is_same


def test_the_overrides_of_a_replay_are_told_with_the_value_before():
    origin = Origin("a", False, {"vad.stop": "0.2", "vad.start": "0.5"}, {"vad.stop": "0.35"})
    found = compare(session(*SPOKEN), session(*renamed(SPOKEN, "b"), name="b", origin=origin))
    assert found.differences == (Difference("vad.stop", "0.35", "0.2"),)


def test_two_replays_are_compared_by_all_their_settings():
    a = Origin("x", False, {"vad.stop": "0.2", "vad.start": "0.5"}, {"vad.stop": "0.35"})
    b = Origin("x", False, {"vad.stop": "0.35", "vad.start": "0.6"}, {"vad.start": "0.5"})
    found = compare(session(*SPOKEN, origin=a), session(*renamed(SPOKEN, "b"), name="b", origin=b))
    assert found.differences == (Difference("vad.stop", "0.2", "0.35"), Difference("vad.start", "0.5", "0.6"))


HERE = {"engine": "ctranslate2", "instruction_set": "AVX2", "processor": "GenuineIntel 6/207", "onnxruntime": "1.31"}


def decoded_by(rows, **changes):
    return [replace(one, made_by={**HERE, **changes}) for one in rows]


def test_another_machine_is_named_before_all_else_with_how_many_windows_it_decoded():
    a = decoded_by(SPOKEN)
    b = decoded_by(renamed(SPOKEN, "b"), instruction_set="GENERIC", onnxruntime="1.32")
    b[1] = replace(b[1], text="turn it on", text_raw="turn it on", decoding={**b[1].decoding, "beam_size": "1"})
    found = compare(session(*a), session(*b, name="b"))
    assert found.machine == (
        Difference("instruction_set", "AVX2", "GENERIC", 3),
        Difference("onnxruntime", "1.31", "1.32", 3),
    )
    first, second = verdict_of(found).splitlines()
    assert first.startswith("not decoded alike: instruction_set AVX2 → GENERIC; onnxruntime 1.31 → 1.32.")
    assert second == "1 of 3 places differ: 1 heard otherwise"
    assert facts_of(found)["machine"][0] == {"name": "instruction_set", "a": "AVX2", "b": "GENERIC", "windows": 3}
    assert [item.name for item in found.differences] == ["beam_size"]


def test_the_same_machine_is_not_spoken_of():
    found = compare(session(*decoded_by(SPOKEN)), session(*decoded_by(renamed(SPOKEN, "b")), name="b"))
    assert not found.machine
    assert verdict_of(found).startswith("the same: 3 of 3")


def test_machines_are_compared_where_no_window_is_the_same():
    b = decoded_by([row("the pump is on", 1.1, 3, session="b")], threads="2")
    found = compare(session(*decoded_by(SPOKEN)), session(*b, name="b"))
    assert found.machine == (Difference("threads", "", "2", 0),)


def test_of_rows_that_do_not_say_it_is_only_said_that_they_do_not():
    found = compare(session(*SPOKEN), session(*decoded_by(renamed(SPOKEN, "b")), name="b"))
    assert found.machine == (Difference("made by", "not kept", "ctranslate2"),)
    assert not compare(session(*SPOKEN), session(*renamed(SPOKEN, "b"), name="b")).machine


def test_a_window_of_two_segments_costs_once():
    rows = [row("yes", 1, 2, window=16_000), row("no", 2, 3, window=16_000, index=1), row("so", 9, 10)]
    cost = cost_of(rows)
    assert (cost.windows, cost.encoder_s, cost.beam_encoder_s, cost.words, cost.speech_s) == (2, 10.0, 50.0, 3, 3.0)


def test_of_a_part_only_that_part_is_compared():
    rows = [*SPOKEN, row("it goes on", 8, 10)]
    played = [row("turn it off", 4, 5, session="b"), row("it goes", 8, 9, session="b", window=128_000)]
    origin = Origin("a", True, part=Part(frozenset({"C01"}), 3.5, 9.0))
    found = compare(session(*rows), session(*played, name="b", origin=origin))
    assert found.is_same  # what the cut went through is nobody's fault
    assert (found.groups_compared, found.costs[0].segments, found.windows.only_old) == (1, 1, 0)
    assert found.channels.keys() == {"C01"}


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8)), max_size=12)


@given(old=spans, new=spans)
def test_every_segment_is_in_one_group_and_groups_share_no_time(old, new):
    a = [row("x", start, start + length, index=at) for at, (start, length) in enumerate(old)]
    b = [row("y", start, start + length, session="b", index=at) for at, (start, length) in enumerate(new)]
    groups = groups_of("C01", a, b)
    assert sorted(one.segment_id for group in groups for one in group.old) == sorted(one.segment_id for one in a)
    assert sorted(one.segment_id for group in groups for one in group.new) == sorted(one.segment_id for one in b)
    for before, after in itertools.pairwise(groups):
        assert before.end_s <= after.start_s
    assert all(group.old or group.new for group in groups)


def test_half_a_replay_is_never_the_same_and_is_named_first():
    half = session(*renamed(SPOKEN, "b"), name="b", origin=Origin("a", False, whole=False))
    found = compare(session(*SPOKEN), half)
    assert not found.is_same
    assert not facts_of(found)["same"]
    assert [facts_of(found)[side]["whole"] for side in "ab"] == [True, False]
    said = verdict_of(found).splitlines()
    assert said[0].startswith("B b is half a replay of a: it was cut off, or is not finished yet")
    assert len(said) == 2
