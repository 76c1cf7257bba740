"""Fixtures as a regression test, by the command."""

import shutil
from xml.etree import ElementTree

import pytest
import yaml

from review.fixture import FILE
from runtime.errors import ConfigError
from tests.integration.review.support import earshot


@pytest.fixture
def folder(recorded, settings, tmp_path):
    """The recorded session as a fixture whose expected text is what was heard."""
    place = tmp_path / "suite" / "calm"
    result = earshot(settings, "export", recorded.session_id, "--audio", "--format", "flac", "--out", str(place))
    assert result.exit_code == 0, result.output
    return tmp_path / "suite"


def test_what_was_heard_is_heard_again_and_a_wrong_text_fails(folder, settings, tmp_path):
    report = tmp_path / "junit.xml"
    result = earshot(settings, "suite", str(folder), "--junit", str(report))
    assert result.exit_code == 0, result.output
    root = ElementTree.parse(report).getroot()
    assert (root.attrib["tests"], root.attrib["failures"]) == ("3", "0")
    (folder / "calm" / "C03.txt").write_text("somebody spoke")
    result = earshot(settings, "suite", str(folder), "--junit", str(report))
    assert result.exit_code == 1
    assert "2 of 3 passed" in result.output
    (failed,) = ElementTree.parse(report).getroot().iterfind(".//testcase[failure]")
    assert failed.attrib["name"] == "C03"


def test_a_fixture_may_have_settings_of_its_own(folder, settings):
    path = folder / "calm" / FILE
    facts = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**facts, "settings": {"vad.start": 1.0, "vad.stop": 1.0}}))
    result = earshot(settings, "suite", str(folder))
    assert result.exit_code == 1
    assert "1 of 3 passed" in result.output  # nobody speaks any more: only silence is as expected


def test_a_misspelt_key_ends_the_suite_before_anything_is_run(folder, settings):
    path = folder / "calm" / FILE
    path.write_text(path.read_text().replace("expect:", "expct:"))
    with pytest.raises(ConfigError, match=r"channels.C01.expct: no such key; did you mean expect\?"):
        earshot(settings, "suite", str(folder))


def test_what_nothing_is_expected_of_is_said_not_to_be_tested(folder, settings):
    path = folder / "calm" / FILE
    facts = yaml.safe_load(path.read_text())
    del facts["channels"]["C02"]["expect"]
    path.write_text(yaml.safe_dump(facts))
    result = earshot(settings, "suite", str(folder))
    assert result.exit_code == 0, result.output
    assert "calm C02: no expect, not tested" in result.output
    assert "2 of 2 passed" in result.output


def test_a_wrong_setting_of_a_fixture_is_said_with_its_file(folder, settings):
    path = folder / "calm" / FILE
    path.write_text(path.read_text() + "settings: {vad.strt: 0.5}\n")
    with pytest.raises(ConfigError, match=r"fixture.yaml: settings: .*vad.strt"):
        earshot(settings, "suite", str(folder))


def test_a_fixture_that_cannot_be_read_fails_alone(folder, settings, tmp_path):
    shutil.copytree(folder / "calm", folder / "cut")
    sound = folder / "cut" / "C01.flac"
    sound.write_bytes(sound.read_bytes()[: sound.stat().st_size // 2])
    report = tmp_path / "junit.xml"
    result = earshot(settings, "suite", str(folder), "--junit", str(report))
    assert result.exit_code == 1, result.output
    assert "3 of 6 passed" in result.output
    assert "C01.flac: cut off or damaged" in result.output
    failed = ElementTree.parse(report).getroot().findall(".//testcase[failure]")
    assert {case.attrib["classname"] for case in failed} == {"cut"}
