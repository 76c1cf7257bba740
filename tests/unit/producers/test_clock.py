"""A clock that is wrong is named before anything is sent, or put right where that was asked for."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.segmenter.admission import check_frame
from producers.clock import Clock, agreed_clock, in_words, time_fault
from runtime.errors import BadRecord, ConfigError
from runtime.settings import CaptureSettings, KafkaSettings
from schemas.events import AudioFrame
from schemas.topics import audio_topic

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
NOW_US = 1_790_000_000_000_000
KAFKA = KafkaSettings(bootstrap="kafka.example:9092")


@pytest.fixture
def ahead(monkeypatch):
    def is_ahead(ahead_us: int | None) -> None:
        monkeypatch.setattr("producers.clock.clock_ahead_us", lambda kafka, topic: ahead_us)

    return is_ahead


@pytest.mark.parametrize(
    ("ahead_us", "words"),
    [
        (2 * HOUR_US + 184_000_000, "2:03:04 ahead of"),
        (HOUR_US, "1:00:00 ahead of"),
        (-2 * DAY_US - 5_000_000, "2 days, 0:00:05 behind"),
        (-50 * 365 * DAY_US, "18250 days, 0:00:00 behind"),
    ],
)
def test_a_clock_that_is_far_off_ends_the_capture_before_it_begins(ahead, ahead_us, words):
    ahead(ahead_us)
    with pytest.raises(
        ConfigError, match=f"this machine's clock is {words} the broker's at kafka.example:9092"
    ) as caught:
        agreed_clock(KAFKA, CaptureSettings())
    assert "EARSHOT_CAPTURE__CLOCK=broker" in str(caught.value)
    assert caught.value.exit_code == 78


@pytest.mark.parametrize("ahead_us", [2 * HOUR_US, -50 * 365 * DAY_US, 3])
def test_told_to_go_by_the_broker_it_goes_on(ahead, ahead_us):
    ahead(ahead_us)
    clock = agreed_clock(KAFKA, CaptureSettings(clock="broker"))
    assert clock == Clock(ahead_us)
    assert clock.true_us(NOW_US) == NOW_US - ahead_us


@pytest.mark.parametrize(("ahead_us", "is_told"), [(9_000_000, False), (-11_000_000, True), (1800_000_000, True)])
def test_a_clock_that_is_a_little_off_is_told(ahead, caplog, ahead_us, is_told):
    ahead(ahead_us)
    with caplog.at_level(logging.WARNING):
        assert agreed_clock(KAFKA, CaptureSettings()) == Clock()
    assert bool(caplog.records) is is_told
    assert not is_told or in_words(ahead_us) in caplog.text


def test_a_topic_that_does_not_tell_the_brokers_time_is_no_fault(ahead):
    ahead(None)
    assert agreed_clock(KAFKA, CaptureSettings(clock="broker")) == Clock()


@pytest.mark.parametrize(
    ("captured_at", "date"), [(0, "1970-01-01"), (4_102_444_800_000_000, "2100-01-01"), (2**62, "")]
)
def test_a_time_that_cannot_be_true_names_the_clock(captured_at, date):
    fault = time_fault(captured_at, NOW_US)
    assert fault.startswith(f"sound captured at {date}")
    assert "Set the clock" in fault


@given(st.one_of(st.integers(-(2**62), 2**62), st.integers(NOW_US - 2 * DAY_US, NOW_US + 2 * DAY_US)))
def test_what_passes_is_what_the_segmenter_takes(captured_at):
    frame = AudioFrame("s", "C01", 0, 16_000, captured_at, b"\0\0", last=False)
    try:
        check_frame(frame, audio_topic("C01"), NOW_US)
    except BadRecord:
        assert time_fault(captured_at, NOW_US)
    else:
        assert not time_fault(captured_at, NOW_US)
