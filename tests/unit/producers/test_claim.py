"""Claims and who has lost: pure."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.segmenter.admission import check_frame
from producers.claim import Claim, claim_frame, claim_in, lost_channels, released_in
from producers.tails import StreamEnd, Tail
from runtime.record import Record
from schemas.codec import decode, encode
from schemas.events import AudioFrame
from schemas.topics import CHANNELS, audio_topic

C12 = frozenset({"C01", "C02"})


def claim(name: str, *channels: str) -> Claim:
    return Claim(name, frozenset(channels))


def test_a_claim_comes_back_out_of_its_headers():
    mine = claim("a", "C03", "C01")
    assert mine.headers() == (("earshot-claim", b"a"), ("earshot-channels", b"C01,C03"))
    assert claim_in(mine.headers()) == mine
    assert claim_in(mine.release_headers()) is None
    assert released_in(mine.release_headers()) == "a"
    assert (claim_in(()), released_in(())) == (None, None)


def test_a_claim_is_a_frame_that_every_segmenter_lets_in():
    frame = decode(AudioFrame, encode(claim_frame("s", "C05")))
    check_frame(frame, audio_topic("C05"), 1_700_000_000_000_000)
    assert frame.is_void


@pytest.mark.parametrize(
    ("before", "lost"),
    [
        ({"C01": [], "C02": []}, []),
        ({"C01": [claim("b", "C01")], "C02": []}, ["C01"]),
        ({"C01": [], "C02": [None]}, ["C02"]),
        ({"C01": [], "C02": [claim("b", "C01", "C02")]}, []),  # it stands behind this one on C01: it loses
        ({"C01": [claim("b", "C01", "C02")], "C02": []}, ["C01"]),
        ({"C01": [], "C02": [claim("b", "C02", "C03")]}, ["C02"]),  # C02 is the first that both want
    ],
)
def test_the_first_channel_that_both_want_decides(before, lost):
    assert lost_channels(claim("a", "C01", "C02"), before) == lost


@st.composite
def races(draw: st.DrawFn) -> tuple[list[Claim], dict[str, list[Claim]]]:
    """Captures and the order, of each channel's own, in which their claims stand in its log."""
    wanted = draw(st.lists(st.sets(st.sampled_from(CHANNELS[:4]), min_size=1), min_size=2, max_size=5))
    claims = [Claim(str(number), frozenset(channels)) for number, channels in enumerate(wanted)]
    order = {
        channel: draw(st.permutations([claim for claim in claims if channel in claim.channels]))
        for channel in CHANNELS[:4]
    }
    return claims, order


def winners_of(claims: list[Claim], order: dict[str, list[Claim]]) -> list[Claim]:
    def before(mine: Claim) -> dict[str, list[Claim | None]]:
        return {channel: [*order[channel][: order[channel].index(mine)]] for channel in mine.channels}

    return [mine for mine in claims if not lost_channels(mine, before(mine))]


@given(races())
def test_no_channel_has_two_captures(race):
    winners = winners_of(*race)
    assert all(not one.channels & other.channels for one, other in itertools.combinations(winners, 2))


@given(races())
def test_of_captures_that_want_the_same_exactly_one_goes_through(race):
    claims, _ = race
    same = [Claim(claim.capture_id, C12) for claim in claims]
    assert len(winners_of(same, {"C01": same, "C02": same[::-1]})) == 1


def record(value: AudioFrame, headers: tuple[tuple[str, bytes], ...] = (), at_us: int = 7) -> Record:
    return Record(audio_topic("C01"), 0, 0, b"s", encode(value), at_us, headers)


def tail_of(*records: Record) -> Tail:
    tail = Tail()
    for one in records:
        tail.take(one)
    return tail


def test_what_a_tail_says():
    sound = record(AudioFrame("s", "C01", 1536, 16_000, 1_000_000, bytes(3072), last=False))
    claimed = record(claim_frame("s", "C01"), claim("a", "C01").headers())
    released = record(claim_frame("s", "C01"), claim("a", "C01").release_headers())
    void = record(claim_frame("s", "C01"))
    assert tail_of().end() is None
    assert tail_of(claimed).end() == StreamEnd(0, 0, has_ended=False, claimed_at_us=7)
    assert tail_of(claimed, released).end() is None
    assert tail_of(claimed, sound).end() == StreamEnd(3072, 1_096_000, has_ended=False)
    assert tail_of(sound, claimed).end() == StreamEnd(3072, 1_096_000, has_ended=False, claimed_at_us=7)
    assert tail_of(sound, claimed, released).end() == StreamEnd(3072, 1_096_000, has_ended=False)
    end = tail_of(void).end()  # a stream without sound, as a file without samples makes it
    assert end is not None
    assert end.has_ended
