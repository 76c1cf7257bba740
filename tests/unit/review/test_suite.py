from xml.etree import ElementTree

import pytest

from review.errors_counted import count_errors
from review.fixture import Limits
from review.suite import Case, fixtures_in, junit
from runtime.errors import ConfigError


def case(fixture: str, channel: str, expected: str, heard: str, **limits: float) -> Case:
    return Case(fixture, channel, expected, heard, count_errors([(expected, heard)]), Limits(**limits), 1.5)


PASSED = case("calm", "C01", "all is well", "all is well")
FAILED = case("calm", "C02", "turn it off", "turn it <on>\x01", max_cer=0.1)


def test_junit_counts_and_says_why():
    root = ElementTree.fromstring(junit([PASSED, FAILED]).partition("\n")[2])
    (suite,) = root
    assert suite.attrib == {"name": "calm", "tests": "2", "failures": "1", "errors": "0", "time": "3.000"}
    first, second = suite
    assert first.find("failure") is None
    assert (second.attrib["classname"], second.attrib["name"]) == ("calm", "C02")
    failure = second.find("failure")
    assert "is above 10.00%" in failure.attrib["message"]
    assert "turn it <on>\ufffd" in failure.text


def test_limits_decide():
    assert not PASSED.failure
    assert FAILED.failure
    assert not case("f", "C01", "abcd", "abce", max_cer=0.25).failure
    assert case("f", "C01", "ab cd", "ab ce", max_cer=0.25, max_wer=0.4).failure.startswith("WER 50.00%")


def test_a_folder_without_fixtures_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match="no fixture"):
        fixtures_in(tmp_path)
