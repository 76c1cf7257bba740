"""The level meter."""

import numpy as np
import pytest

from producers.metering import Meter


def test_full_scale_square_wave_is_zero_and_half_is_six_below():
    meter = Meter()
    meter.push(np.array([-32_768] * 100, np.int16))
    assert meter.read_dbfs() == pytest.approx(0)
    meter.push(np.array([16_384, -16_384] * 50, np.int16))
    assert meter.read_dbfs() == pytest.approx(-6.02, abs=0.01)


def test_reading_starts_afresh_and_silence_has_a_floor():
    meter = Meter()
    meter.push(np.full(10, 1000, np.int16))
    assert meter.read_dbfs() > -40
    assert meter.read_dbfs() == -120
    meter.push(np.zeros(10, np.int16))
    assert meter.read_dbfs() == -120
