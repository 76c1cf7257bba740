"""Maps of channels, as users write them."""

import pytest

from producers.mapping import MIXED, Pick, channels_for, parse_map
from runtime.errors import ConfigError


def test_map():
    assert parse_map("1:C01, 7:C16") == (Pick(1, "C01"), Pick(7, "C16"))
    assert parse_map("mix:C02") == (Pick(MIXED, "C02"),)


@pytest.mark.parametrize("text", ["", "1", "C01:1", "0:C01", "1:C01,", "1-C01", "all:C01"])
def test_wrong_map(text):
    with pytest.raises(ConfigError, match="write SOURCE:CHANNEL, as in 1:C01,2:C02"):
        parse_map(text)


def test_map_with_a_wrong_or_doubled_channel():
    with pytest.raises(ConfigError, match="channel 'C99'"):
        parse_map("1:C99")
    with pytest.raises(ConfigError, match="C01 named twice"):
        parse_map("1:C01,2:C01")


def test_channels_by_list_by_name_or_in_order():
    assert channels_for(["a", "b"], "C05,C02") == ["C05", "C02"]
    assert channels_for(["C07", "C03"], None) == ["C07", "C03"]
    assert channels_for(["C07", "b"], None) == ["C01", "C02"]


def test_wrong_channels():
    with pytest.raises(ConfigError, match="2 sources and 1 channels"):
        channels_for(["a", "b"], "C01")
    with pytest.raises(ConfigError, match="C03 named twice"):
        channels_for(["C03", "C03"], None)
    with pytest.raises(ConfigError, match="17 sources: a session has 16 channels"):
        channels_for([f"{number}" for number in range(17)], None)
