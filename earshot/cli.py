"""The command line. Commands are loaded when they are called, so that `earshot --help` is quick."""

import errno
import importlib
import logging
import os
import signal
import sys
from types import FrameType
from typing import Any

import click

from runtime.errors import EarshotError, Stopped, Unavailable

log = logging.getLogger(__name__)
PLACE_EXIT_CODE = 74
PLACE_FAULTS = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.EEXIST,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
    }
)
"""A disk that is full, or a place that cannot be written or is no folder: a user's to mend, and no fault of ours."""
CLIENT_LOGGER = "kafka.client"
INTERRUPTED_EXIT_CODE = 130
"""Ctrl-C, as shells have it."""

COMMANDS = {
    "demo": "Play the sixteen-channel exercise through the whole pipeline.",
    "up": "Start the local stack and every stage.",
    "status": "Show what runs.",
    "down": "Stop what `up` started.",
    "run": "Run one stage in the foreground.",
    "doctor": "Check this machine, the servers and the model; say what to do.",
    "capture": "Publish sound from files, streams, senders and devices.",
    "glossary": "Push, show and try the glossary.",
    "sql": "Ask ClickHouse.",
    "search": "Find what was said.",
    "tail": "Follow the channels live.",
    "replay": "Run a session again, also with other settings.",
    "diff": "Compare two sessions.",
    "recorrect": "Correct a session again by the current glossary.",
    "listen": "Play the sound of a segment.",
    "clip": "Write the sound of a segment to a file.",
    "export": "Write a session as files: sound, captions, tables.",
    "import": "Publish an exported session again.",
    "suite": "Hold the pipeline to a folder of fixtures.",
    "audit": "Count everything of a session against each other.",
    "recover": "Make the missing rows of a session again.",
    "deadletters": "List, show and retry what could not be read.",
    "kafka": "Show the log's groups and topics; set a group back.",
}


class LazyGroup(click.Group):
    """Finds each command in `earshot.commands.<name>`."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The commands, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of this name, loaded now."""
        if name not in COMMANDS:
            return None
        if name == "run":
            end_at_once_on_signals()  # until the stage takes them: its libraries alone take seconds to load
        command: click.Command = importlib.import_module(f"earshot.commands.{name}").command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="earshot")
def cli() -> None:
    """Sixteen live audio channels into correct, searchable, replayable text."""


def main(arguments: list[str] | None = None) -> Any:
    """Runs one command. An error of ours becomes one clear line and its exit code, never a traceback."""
    logging.getLogger(CLIENT_LOGGER).setLevel(logging.CRITICAL)  # what it tries in vain, an error of ours says once
    try:
        sys.exit(cli.main(arguments, prog_name="earshot", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:  # Ctrl-C where nothing takes it otherwise
        sys.exit(INTERRUPTED_EXIT_CODE)
    except Stopped as told:
        click.echo(f"earshot: {told}", err=True)
        sys.exit(told.exit_code)
    except EarshotError as error:
        click.secho(f"earshot: {error}", fg="red", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            _close_stdout_quietly()
            sys.exit(Unavailable.exit_code)
        if error.errno not in PLACE_FAULTS:
            raise
        click.secho(f"earshot: {_place_of(error)}", fg="red", err=True)
        sys.exit(PLACE_EXIT_CODE)


def _place_of(error: OSError) -> str:
    """What of the disk cannot be used, and why."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror}: see to the place, its owner and its room, or name another one"


def end_at_once_on_signals() -> None:
    """For a process that has nothing to finish yet: SIGTERM and Ctrl-C end it with status 0."""

    def end(number: int, frame: FrameType | None) -> None:
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _close_stdout_quietly() -> None:
    """A reader such as `head` has gone: leave nothing for the interpreter to flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
