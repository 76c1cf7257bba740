"""`earshot down`: ends what `earshot up` started."""

from pathlib import Path

import click

from local.stack_file import bring_down
from runtime.settings import load_settings


@click.command()
def command() -> None:
    """Stop the stack of this folder, wherever it was started from. The data stays."""
    data_dir = Path(load_settings().local.data_dir).absolute()
    if bring_down(data_dir, click.echo):
        click.echo("stopped; the data is kept in " + str(data_dir))
    else:
        click.echo(f"nothing runs in {data_dir}")
