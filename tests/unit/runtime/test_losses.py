"""What counts as lost to a stage, by its offset and what is in the log."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.kafka.losses import Bounds, in_words, key_of, loss_of
from schemas.events import EXPIRED, MADE_ANEW, LostRecords
from schemas.topics import PASSING, TRANSCRIPTS

PLACE = (TRANSCRIPTS.name, 3)
offsets = st.integers(0, 1000)


def test_what_lies_below_the_start_has_expired() -> None:
    loss = loss_of("glossary", PLACE, 10, Bounds(112, 200))
    assert loss == LostRecords("glossary", TRANSCRIPTS.name, 3, 10, 102, EXPIRED)
    assert "102 records of transcripts.raw[3] from offset 10 on are gone" in in_words(loss)


def test_a_group_that_has_read_nothing_yet_misses_all_that_has_expired() -> None:
    assert loss_of("sink", PLACE, None, Bounds(7, 7)) == LostRecords("sink", TRANSCRIPTS.name, 3, 0, 7, EXPIRED)
    assert loss_of("sink", PLACE, None, Bounds(0, 7)) is None


def test_a_topic_that_ends_before_the_offset_is_another_one() -> None:
    loss = loss_of("sink", PLACE, 11, Bounds(0, 10))
    assert loss == LostRecords("sink", TRANSCRIPTS.name, 3, 11, 0, MADE_ANEW)
    assert "made anew" in in_words(loss)


@given(offsets, offsets, offsets)
def test_nothing_within_the_log_is_lost_and_all_else_is(offset: int, low: int, length: int) -> None:
    loss = loss_of("sink", PLACE, offset, Bounds(low, low + length))
    assert (loss is None) == (low <= offset <= low + length)
    if loss is not None:
        assert loss.records == max(0, low - offset)


@given(st.sampled_from(sorted(PASSING)), offsets)
def test_nobody_misses_an_interim(topic: str, low: int) -> None:
    assert loss_of("glossary", (topic, 0), 0, Bounds(low, 2000)) is None


def test_two_losses_never_share_a_key() -> None:
    first = LostRecords("sink", "t", 0, 5, 1, EXPIRED)
    keys = {
        key_of(LostRecords(stage, topic, number, offset, 1, cause))
        for stage in ("a", "b")
        for topic in ("t", "u")
        for number in (0, 1)
        for offset in (5, 6)
        for cause in (EXPIRED, MADE_ANEW)
    }
    assert len(keys) == 32
    assert key_of(first) == b"sink/t/0/5/expired"
