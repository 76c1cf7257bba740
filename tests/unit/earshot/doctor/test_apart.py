"""Checks in a process of their own."""

from earshot.doctor.apart import look_apart
from earshot.doctor.finding import Verdict
from runtime.settings import KafkaSettings, Settings

PATIENCE_S = 120.0  # processes start slowly on a busy machine


def test_what_a_check_finds_elsewhere_comes_back_whole() -> None:
    settings = Settings(kafka=KafkaSettings(audio_retention_h=1e12))
    (found,) = look_apart("machine", "check_disk", settings, PATIENCE_S)
    assert (found.subject, found.verdict) == ("disk", Verdict.WARN)
    assert "1e+12 h of sound" in found.do


def test_one_that_ends_its_process_is_a_finding() -> None:
    (found,) = look_apart("machine", "no_such_check", Settings(), PATIENCE_S)
    assert (found.subject, found.verdict) == ("machine", Verdict.FAIL)
    assert found.what.startswith("ended with status 1: ")
    assert "no_such_check" in found.what


def test_one_that_takes_too_long_is_told_and_ended() -> None:
    (found,) = look_apart("machine", "check_disk", Settings(), patience_s=0.01)
    assert (found.verdict, found.what) == (Verdict.WARN, "no answer in 0.01 s")
