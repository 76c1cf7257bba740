"""Lines are JSON with their fields; secrets are blanked and noisy libraries held back."""

import json
import logging
from collections.abc import Iterator

import pytest

from runtime.logs import RepeatFilter, configure_logging, hide_secrets
from runtime.settings import LogSettings


@pytest.fixture
def root_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("root_restored")
def test_a_line_is_json_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings(format="json"), "sink")
    logging.getLogger("sinks.x").info("inserted %d rows", 3, extra={"topic": "transcripts.segments"})
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "inserted 3 rows"
    assert (line["stage"], line["level"], line["topic"]) == ("sink", "info", "transcripts.segments")


@pytest.mark.parametrize("text", ["password=hush", "http://user:hush@host/", '{"password": "hush"}', "token: hush"])
def test_secrets_are_blanked(text: str) -> None:
    event = hide_secrets(None, "info", {"event": text})
    assert "hush" not in event["event"]
    assert "***" in event["event"]


def record_of(name: str, text: str, created: float) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.ERROR, "", 0, text, (), None)
    record.created = created
    return record


def test_a_client_library_repeats_itself_only_once_in_a_while() -> None:
    quiet = RepeatFilter(10)
    assert quiet.filter(record_of("aiokafka.conn", "refused", 0))
    assert not quiet.filter(record_of("aiokafka.conn", "refused", 5))
    assert quiet.filter(record_of("aiokafka.conn", "refused", 11))
    assert all(quiet.filter(record_of("processors.segmenter", "gap", at)) for at in (0, 1, 2))
