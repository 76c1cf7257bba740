"""`earshot replay`: what is wrong in the command line is told before any server is asked."""

import pytest

from earshot.commands.replay import command
from runtime.errors import ConfigError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "vad.stopp=0.3"], "no such setting"),
        (["--set", "vad.stop=2"], r"--set vad\.stop: .* less than or equal to 1 \(got '2'\)"),
        (["--set", "vad.stop"], "write group.name=value"),
        (["--set", "vad.stop=0.3", "--speed", "2"], "--speed is for the shared stages"),
        (["--speed", "fast"], "speed"),
        (["--channels", "C17"], "C17"),
    ],
)
def test_a_wrong_command_line_needs_no_server(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_KAFKA__BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("EARSHOT_CLICKHOUSE__URL", "http://127.0.0.1:1")
    with pytest.raises(ConfigError, match=message):
        command.main(["a-session", *arguments], standalone_mode=False)
