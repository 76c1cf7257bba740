"""`earshot run STAGE`: one stage in the foreground, as the supervisor and a container start it."""

import importlib

import click

from runtime.settings import load_settings

STAGES = {
    "kafka": "local.kafka",
    "clickhouse": "local.clickhouse",
    "segmenter": "processors.segmenter.process",
    "transcriber": "processors.transcriber.process",
    "glossary": "processors.glossary.process",
    "sink": "sinks.clickhouse.process",
    "auditor": "review.audit.process",
}


@click.command()
@click.argument("stage", type=click.Choice(list(STAGES)))
def command(stage: str) -> None:
    """Run one STAGE until it is told to stop (Ctrl-C or SIGTERM)."""
    importlib.import_module(STAGES[stage]).run(load_settings())
