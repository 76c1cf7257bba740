from xml.etree import ElementTree

from review.junit import junit
from tests.unit.review.test_suite import FAILED, PASSED


def test_junit_counts_and_says_why():
    root = ElementTree.fromstring(junit([PASSED, FAILED]).partition("\n")[2])
    (suite,) = root
    assert suite.attrib == {
        "name": "calm",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "time": "3.000",
    }
    first, second = suite
    assert first.find("failure") is None
    assert (second.attrib["classname"], second.attrib["name"]) == ("calm", "C02")
    failure = second.find("failure")
    assert "is above 10.00%" in failure.attrib["message"]
    assert "turn it <on>\ufffd" in failure.text


def test_what_nothing_is_expected_of_is_skipped_and_not_passed():
    root = ElementTree.fromstring(junit([PASSED], [("calm", "C02"), ("wild", "C01")]).partition("\n")[2])
    assert (root.attrib["tests"], root.attrib["skipped"], root.attrib["failures"]) == ("3", "2", "0")
    skipped = [(one.attrib["classname"], one.attrib["name"]) for one in root.iterfind(".//testcase[skipped]")]
    assert skipped == [("calm", "C02"), ("wild", "C01")]
