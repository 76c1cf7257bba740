"""The cases of a suite as JUnit XML, which every CI reads."""

from collections.abc import Sequence
from xml.etree import ElementTree

from review.suite import Case


def junit(cases: Sequence[Case], untested: Sequence[tuple[str, str]] = ()) -> str:
    """The cases as JUnit XML: a suite for each fixture, a test for each channel.

    `untested`: fixture and channel of what nothing is expected of; they count as skipped.
    """
    root = ElementTree.Element("testsuites", {"name": "earshot suite", **_counts(cases, len(untested))})
    for fixture in dict.fromkeys([*(case.fixture for case in cases), *(name for name, _ in untested)]):
        own = [case for case in cases if case.fixture == fixture]
        skipped = [channel for name, channel in untested if name == fixture]
        suite = ElementTree.SubElement(root, "testsuite", {"name": fixture, **_counts(own, len(skipped))})
        for case in own:
            test = ElementTree.SubElement(
                suite, "testcase", classname=fixture, name=case.channel_id, time=f"{case.seconds:.3f}"
            )
            if case.failure:
                failure = ElementTree.SubElement(test, "failure", message=case.failure, type="text")
                failure.text = f"expected: {_printable(case.expected)}\nheard:    {_printable(case.heard)}"
            figures = f"CER {case.errors.cer:.4f} WER {case.errors.wer:.4f}"
            ElementTree.SubElement(test, "system-out").text = figures
        for channel in skipped:
            test = ElementTree.SubElement(suite, "testcase", classname=fixture, name=channel, time="0.000")
            ElementTree.SubElement(test, "skipped", message="no expect")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _counts(cases: Sequence[Case], skipped: int) -> dict[str, str]:
    failed = sum(bool(case.failure) for case in cases)
    seconds = sum(case.seconds for case in cases)
    return {
        "tests": str(len(cases) + skipped),
        "failures": str(failed),
        "errors": "0",
        "skipped": str(skipped),
        "time": f"{seconds:.3f}",
    }


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
