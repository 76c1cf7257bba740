"""What the README shows is what is there."""

import re
from pathlib import Path

from earshot.cli import COMMANDS
from runtime.settings import variable_names
from schemas.topics import ALL

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_vendor_script_is_the_one_that_is_tested() -> None:
    script = (ROOT / "examples/vendor_script.py").read_text(encoding="utf-8")
    assert script.split('"""\n\n', 1)[1].strip() in README


def test_every_setting_named_exists() -> None:
    named = set(re.findall(r"EARSHOT_[A-Z]+__[A-Z_]+[A-Z]", README)) - {"EARSHOT_GROUP__NAME"}
    assert named
    assert named <= set(variable_names())


def test_every_command_shown_exists() -> None:
    shown = set(re.findall(r"^earshot ([a-z]+)", README, flags=re.MULTILINE))
    assert shown
    assert shown <= set(COMMANDS)


def test_every_file_linked_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
    for folder in re.findall(r"^\| [^|]+ \| `([a-z_/]+\.py|[a-z_/]+/)`", README, flags=re.MULTILINE):
        assert (ROOT / folder).exists(), folder


def test_every_topic_is_described() -> None:
    missing = [topic.name for topic in ALL if not topic.name.startswith("audio.") and topic.name not in README]
    assert not missing
