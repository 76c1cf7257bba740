"""What a running capture shows."""

import json

import pytest

from earshot.capture.view import JsonView, LineView, Paced, clock_time, meter, remarks
from producers.stream import ChannelStatus

LOUD = ChannelStatus("C01", 75.25, -3.04, clipped=2, not_finite=0, gap_s=1.5)
QUIET = ChannelStatus("C02", 75.0, -120.0, clipped=0, not_finite=0, gap_s=0.0)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("seconds", "text"), [(0, "00:00"), (75.9, "01:15"), (3599.9, "59:59"), (36_061, "10:01:01")])
def test_clock_time(seconds, text):
    assert clock_time(seconds) == text


@pytest.mark.parametrize(("level", "cells"), [(-120, 0), (-60, 0), (-30, 12), (0, 24), (3, 24)])
def test_meter(level, cells):
    assert len(meter(level).plain) == cells


def test_json_has_a_line_for_each_channel(capsys):
    JsonView().show([LOUD, QUIET], 0.1234)
    first, second = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert first == {
        "channel": "C01",
        "position_s": 75.25,
        "level_dbfs": -3.0,
        "clipped": 2,
        "not_finite": 0,
        "gap_s": 1.5,
        "buffered_s": 0.123,
    }
    assert second["channel"] == "C02"


def test_lines_come_every_ten_seconds(capsys):
    clock = Clock()
    view = LineView(clock)
    for _ in range(25):
        clock.now += 1
        view.show([LOUD, QUIET], 0.0)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["01:15  2 channels, 1 with sound, 0.0 s held"] * 2


def test_channels_are_asked_for_once_a_second():
    clock = Clock()
    asked = []

    def status() -> list[ChannelStatus]:
        asked.append(clock.now)
        return [LOUD]

    paced = Paced(LineView(clock), clock)
    for _ in range(30):
        paced.show(status, 0.0)
        clock.now += 0.1
    assert len(asked) == 3


def test_remarks_say_what_was_wrong_with_the_sound():
    broken = ChannelStatus("C03", 75.0, -20.0, clipped=4, not_finite=7, gap_s=0.0)
    assert remarks([QUIET]) == []
    assert remarks([LOUD, QUIET, broken]) == [
        "C01 1.50 s missing and marked as gaps",
        "C01 2, C03 4 samples at full scale: lower the level at the source",
        "C03 7 samples that were no numbers (NaN, infinite), made silence: mend the source",
    ]
