from unicodedata import normalize

import pytest

from review.errors_counted import count_errors
from review.fixture import FILE, Limits
from review.fixture_file import read_fixture
from review.suite import Case, Suite, expecting, fixtures_in
from runtime.errors import ConfigError
from runtime.settings import Settings


def case(fixture: str, channel: str, expected: str, heard: str, **limits: float) -> Case:
    return Case(fixture, channel, expected, heard, count_errors([(expected, heard)]), Limits(**limits), 1.5)


PASSED = case("calm", "C01", "all is well", "all is well")
FAILED = case("calm", "C02", "turn it off", "turn it <on>\x01", max_cer=0.1)


def test_limits_decide():
    assert not PASSED.failure
    assert FAILED.failure
    assert not case("f", "C01", "abcd", "abce", max_cer=0.25).failure
    assert case("f", "C01", "ab cd", "ab ce", max_cer=0.25, max_wer=0.4).failure.startswith("WER 50.00%")


def test_a_folder_without_fixtures_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match="no fixture"):
        fixtures_in(tmp_path)


def test_a_folder_that_expects_nothing_is_a_mistake_and_not_a_success(tmp_path):
    write(tmp_path / "a", "C01: {file: x.wav}")
    write(tmp_path / "b", "C01: {file: x.wav}, C02: {file: y.wav}")
    with pytest.raises(ConfigError, match=r"nothing to test: no channel of its 2 fixture\(s\) has an `expect`"):
        fixtures_in(tmp_path)


def test_one_channel_that_expects_silence_is_enough(tmp_path):
    write(tmp_path / "a", "C01: {file: x.wav}")
    write(tmp_path / "b", "C01: {file: x.wav}, C02: {file: y.wav, expect: silence.txt}")
    (tmp_path / "b" / "silence.txt").touch()
    assert [expecting(fixture) for fixture in fixtures_in(tmp_path)] == [[], ["C02"]]


def write(folder, channels):
    folder.mkdir()
    (folder / FILE).write_text(f"channels: {{{channels}}}")


def test_a_fixture_is_named_by_its_folder_with_composed_letters(tmp_path):
    folder = tmp_path / normalize("NFD", "회의")
    write(folder, "C01: {file: x.wav}")
    (folder / FILE).write_text("session: s\nchannels: {C01: {file: x.wav}}")
    assert Suite(Settings(), tmp_path).name_of(read_fixture(folder)) == "회의"
