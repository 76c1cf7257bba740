"""Maps of channels, as users write them."""

from pathlib import Path

import pytest

from producers.mapping import MIXED, Pick, channels_for, parse_map
from runtime.errors import ConfigError


def files(*names: str) -> list[Path]:
    return [Path("recordings") / name for name in names]


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
    assert channels_for(files("a.wav", "b.wav"), "C05,C02") == ["C05", "C02"]
    assert channels_for(files("C07.ogg", "C03.wav"), None) == ["C07", "C03"]
    assert channels_for(files("C07.ogg", "b.wav"), None) == ["C01", "C02"]


def test_wrong_channels():
    with pytest.raises(ConfigError, match="2 files and 1 channels"):
        channels_for(files("a.wav", "b.wav"), "C01")
    with pytest.raises(ConfigError, match="C03 named twice"):
        channels_for(files("C03.wav", "C03.ogg"), None)
    with pytest.raises(ConfigError, match="17 files: a session has 16 channels"):
        channels_for(files(*(f"{number}.wav" for number in range(17))), None)
