"""The exercise as a regression suite: real speech, the real model, by the command."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import yaml

from review.fixture import FILE
from runtime.settings import LogSettings, Settings
from tests.integration.review.support import earshot

DEMO = Path(__file__).parents[3] / "demo"
SPOKEN = ("C01", "C10", "C12")
SILENT = ("C16",)
MAX_CER = 0.15


def write_exercise(folder: Path) -> None:
    """Some channels of the exercise, with what is truly said on them."""
    folder.mkdir(parents=True)
    truth = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))
    channels = {}
    for channel in (*SPOKEN, *SILENT):
        lines = [line["text"] for line in truth if line["channel"] == channel]
        assert bool(lines) == (channel in SPOKEN)
        (folder / f"{channel}.txt").write_text("\n".join(lines), encoding="utf-8")
        shutil.copy(DEMO / "audio" / f"{channel}.ogg", folder)
        channels[channel] = {"file": f"{channel}.ogg", "expect": f"{channel}.txt"}
    shutil.copy(DEMO / "glossary.yaml", folder)
    facts = {"session": "exercise", "limits": {"max_cer": MAX_CER, "loose": True}, "channels": channels}
    (folder / FILE).write_text(yaml.safe_dump(facts), encoding="utf-8")


def test_the_exercise_is_heard_as_it_was_spoken(tmp_path):
    write_exercise(tmp_path / "suite" / "exercise")
    report = tmp_path / "junit.xml"
    settings = Settings(log=LogSettings(level="warning", format="json"))
    result = earshot(settings, "suite", str(tmp_path / "suite"), "--junit", str(report))
    assert result.exit_code == 0, result.output
    root = ElementTree.parse(report).getroot()
    assert (root.attrib["tests"], root.attrib["failures"]) == ("4", "0")
    result = earshot(settings, "suite", str(tmp_path / "suite"), "--set", "vad.start=1", "--set", "vad.stop=1")
    assert result.exit_code == 1
    assert "1 of 4 passed" in result.output  # with nobody heard, only silence is as expected
