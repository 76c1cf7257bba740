"""The door: every end of a command is a line and a status, never a traceback."""

import errno
import logging
from typing import Any

import click
import pytest

from earshot import cli
from runtime.errors import ModelError, Stopped, Unavailable


@pytest.fixture
def end_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What the door makes of a command that raises: its status, and what was written to standard error."""

    def run(raised: BaseException) -> tuple[object, str]:
        @click.command()
        def command() -> None:
            raise raised

        monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, context, name: command)
        with pytest.raises(SystemExit) as ended:
            cli.main(["sql"])
        return ended.value.code, capsys.readouterr().err

    return run


def test_errors_of_ours_are_a_line_with_their_status(end_of: Any) -> None:
    assert end_of(ModelError("no model: name one")) == (78, "earshot: no model: name one\n")
    assert end_of(Unavailable("nobody answers")) == (69, "earshot: nobody answers\n")


def test_a_told_stop_is_no_failure(end_of: Any) -> None:
    assert end_of(Stopped("told to stop while it waited")) == (0, "earshot: told to stop while it waited\n")


def test_ctrl_c_has_the_status_that_shells_know(end_of: Any) -> None:
    status, told = end_of(KeyboardInterrupt())
    assert (status, told.strip()) == (130, "")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.ENOENT])
def test_a_place_that_cannot_be_used_is_named(end_of: Any, number: int) -> None:
    status, told = end_of(OSError(number, "of no use", "/data/kafka"))
    assert status == 74
    assert told.startswith("earshot: /data/kafka: of no use: ")
    assert told.count("\n") == 1


def test_other_failures_of_the_system_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def command() -> None:
        raise OSError(errno.ENOTCONN, "a fault of the program")

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, context, name: command)
    with pytest.raises(OSError, match="a fault of the program"):
        cli.main(["sql"])


def test_a_wrong_command_line_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["nonsense"])
    assert ended.value.code == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert not ended.value.code
    assert "glossary" in capsys.readouterr().out


@pytest.fixture(autouse=True)
def _logger_as_it_was() -> Any:
    client = logging.getLogger(cli.CLIENT_LOGGER)
    level = client.level
    yield
    client.setLevel(level)
