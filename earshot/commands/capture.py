"""`earshot capture`: sound from files, streams, senders and devices into the log."""

import click

from earshot.capture.device import device
from earshot.capture.files import files
from earshot.capture.live import listen, stream

DEFAULT = "files"


class CaptureGroup(click.Group):
    """`earshot capture a.wav` is `earshot capture files a.wav`."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Puts the default command before anything that is none."""
        if arguments and arguments[0] not in self.commands and arguments[0] not in context.help_option_names:
            arguments = [DEFAULT, *arguments]
        return super().parse_args(context, arguments)


@click.group(cls=CaptureGroup)
def command() -> None:
    """Publish sound as live channels.

    `earshot capture FILES…` plays files (the command `files` may be left out).
    """


for subcommand in (files, device, stream, listen):
    command.add_command(subcommand)
