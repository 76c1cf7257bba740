"""No check holds up the others, and none hides them."""

import threading

from earshot.doctor.examination import examine
from earshot.doctor.finding import Check, Finding, Verdict, ok
from runtime.errors import Unavailable
from runtime.settings import Settings


def check(subject: str, *, may_wait: bool = True) -> Check:
    return Check(subject, lambda settings: [ok(subject, "well")], may_wait)


def failing(error: Exception) -> Check:
    def look(settings: Settings) -> list[Finding]:
        raise error

    return Check("broken", look)


def test_findings_keep_the_order_of_the_checks() -> None:
    checks = [check("a"), check("b", may_wait=False), check("c")]
    assert [finding.subject for finding in examine(Settings(), checks)] == ["a", "b", "c"]


def test_a_check_without_an_answer_becomes_a_warning() -> None:
    never = threading.Event()
    silent = Check("silent", lambda settings: [ok("silent", str(never.wait()))], may_wait=True)
    first, second = examine(Settings(), [silent, check("b")], patience_s=0.3)
    never.set()
    assert (first.subject, first.verdict) == ("silent", Verdict.WARN)
    assert first.do
    assert second == ok("b", "well")


def test_an_error_of_ours_is_a_failed_line() -> None:
    found, after = examine(Settings(), [failing(Unavailable("gone")), check("b")])
    assert (found.verdict, found.what) == (Verdict.FAIL, "gone")
    assert after.verdict is Verdict.OK


def test_a_broken_check_is_told_and_hides_nothing() -> None:
    found, after = examine(Settings(), [failing(ZeroDivisionError("by nought")), check("b")])
    assert found.verdict is Verdict.FAIL
    assert "ZeroDivisionError: by nought" in found.what
    assert after.verdict is Verdict.OK
