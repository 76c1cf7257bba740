"""`earshot import DIR`: a fixture back into the log."""

# ruff: noqa: N999 - commands are loaded by the names that users type

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from producers.pacing import Pacer, speed_of
from review.fixture_file import read_fixture
from review.publishing import Brake, Naming, Republisher, ensure_audio
from review.recording import Placed, merged
from review.replaying import check_is_new
from review.rows import Origin, note_replay
from review.stages import Stages
from runtime.errors import Unavailable
from runtime.process import running
from runtime.settings import load_settings
from sinks.clickhouse.store import Store


@click.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--as", "name", metavar="NAME", help="Session id. Default: the one that the fixture names.")
@click.option("--speed", default="max", show_default=True, metavar="N|max", help="Times real time.")
def command(folder: Path, name: str | None, speed: str) -> None:
    """Publish the fixture in FOLDER (made by `earshot export --audio`, or by hand) as a session, to the sample."""
    settings = load_settings()
    fixture = read_fixture(folder)
    fixture = replace(fixture, session_id=name or fixture.session_id)
    with running("import", settings) as process, closing(Store(settings.clickhouse)) as store:
        ensure_audio(settings.kafka)
        check_is_new(settings, store, fixture.session_id)
        try:
            note_replay(store, fixture.session_id, Origin(live=False))
        except Unavailable as error:
            click.echo(f"its latencies will count as live: {error}", err=True)
        frames = 0

        def tell(placed: Placed) -> None:
            nonlocal frames
            frames += 1
            process.progress.beat()

        brake = Brake(Stages(settings.kafka, process.progress.beat), fixture.channels, process.stop)
        republisher = Republisher(settings.kafka, Pacer(speed_of(speed), process.stop), brake)
        republisher.publish(merged(fixture, fixture.channels), Naming(fixture.session_id), tell)
    click.echo(f"session {fixture.session_id}: {frames} frames are in the log", err=True)
