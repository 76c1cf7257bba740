"""Names of sessions and channels."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.sessions import check_channel_id, check_session_id, new_session_id
from runtime.errors import ConfigError

NOON = datetime(2026, 3, 1, 12, 30, 59, tzinfo=UTC)


@pytest.mark.parametrize("name", ["a", "2026-03-01_ward.7", "x" * 64, "."])
def test_good_ids(name):
    assert check_session_id(name) == name


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a/b", "회의", "a\n", "é"])
def test_bad_ids_are_named_with_the_rule(name):
    with pytest.raises(ConfigError, match="use 1 to 64 letters, digits"):
        check_session_id(name)


def test_default_id_is_time_in_utc_and_site():
    assert new_session_id(NOON, "ward 7/a") == "20260301-123059-ward-7-a"
    assert new_session_id(NOON.astimezone(timezone(timedelta(hours=9))), "x") == "20260301-123059-x"


@pytest.mark.parametrize("site", ["Café 7", "Zürich", "회의실 A", "Å"])
def test_a_site_has_one_id_however_its_letters_are_put_together(site):
    ids = {new_session_id(NOON, unicodedata.normalize(form, site)) for form in ("NFC", "NFD")}
    assert len(ids) == 1


def test_an_id_is_composed_before_it_is_looked_at():
    assert check_session_id("ward-\u212a") == "ward-K"  # the Kelvin sign is no letter of its own
    for form in ("NFC", "NFD"):
        with pytest.raises(ConfigError, match="session id 'caf\u00e9'"):
            check_session_id(unicodedata.normalize(form, "caf\u00e9"))


@given(site=st.text(max_size=200))
def test_default_id_is_always_a_good_one(site):
    check_session_id(new_session_id(NOON, site))


def test_channels_are_c01_to_c16():
    assert check_channel_id("C16") == "C16"
    for wrong in ("C17", "C00", "c01", "1", ""):
        with pytest.raises(ConfigError, match="the channels are C01 to C16"):
            check_channel_id(wrong)
