"""`earshot kafka groups | topics | reset`: the log's own state, without Kafka's tools."""

import time
from contextlib import closing
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from earshot.kafka.listing import existing_topics, group_lines, topic_rows
from earshot.kafka.reset import EARLIEST, LATEST, Change, changes_to, targets_at
from earshot.since import since_of
from runtime.errors import ConfigError
from runtime.kafka.admin import Admin
from runtime.kafka.connection import TopicPartition
from runtime.kafka.groups import Groups, set_offsets
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import KafkaSettings, load_settings
from schemas.audio import MICROSECONDS

SLACK_S = 5.0
POLL_S = 0.5


@click.group()
def command() -> None:
    """Show the log's groups and topics; set a group back or forward."""


@command.command()
def groups() -> None:
    """Show every consumer group of this prefix: who is in it, what it has committed, what waits."""
    for line in group_lines(load_settings().kafka):
        click.echo(line)


@command.command()
def topics() -> None:
    """Show every topic: its partitions, its offsets (sums over them), and how long it is kept by the broker."""
    table = Table("topic", "partitions", "first", "end", "records", "kept for", box=None)
    for row in topic_rows(load_settings().kafka):
        table.add_row(*row)
    Console(soft_wrap=True, highlight=False).print(table)


@command.command()
@click.argument("group")
@click.option("--topic", "names", multiple=True, metavar="NAME", help="Only of this topic. Default: all it committed.")
@click.option(
    "--to", "to", required=True, metavar="WHERE", help="earliest, latest, 10m ago, or 2026-05-01T08:00 (UTC)."
)
@click.option("--execute", is_flag=True, help="Do it. Without this it is only shown.")
def reset(group: str, names: tuple[str, ...], to: str, execute: bool) -> None:
    """Set GROUP back, so that it does records again, or forward, so that it passes some over.

    Its stage must have stopped; one that has just stopped is waited for. What is done again changes no row: equal
    windows, transcripts and rows count once. What is passed over is never done.
    """
    kafka = load_settings().kafka
    changes = _planned(kafka, group, names, to)
    for change in changes:
        click.echo(line_of(change))
    if not execute:
        click.echo("nothing has been changed: add --execute")
        return
    _wait_until_empty(kafka, group)
    set_offsets(kafka, group, {change.partition: change.target for change in changes})
    click.echo(f"{group} goes on from there when its stage starts")


def line_of(change: Change) -> str:
    """One partition's change in words."""
    topic, number = change.partition
    words = "no change"
    if change.read_again:
        words = f"{change.read_again} records again"
    elif change.passed_over:
        words = f"{change.passed_over} records passed over"
    return f"{topic}/{number}  {change.stands_at} -> {change.target}  {words}"


def _planned(kafka: KafkaSettings, group: str, names: tuple[str, ...], to: str) -> list[Change]:
    """Raises ConfigError for a topic that is not there, a group that has committed nothing, and what is no time."""
    existing = existing_topics(kafka)
    unknown = [name for name in names if name not in existing]
    if unknown:
        raise ConfigError(
            f"--topic {unknown[0]}: the broker has no such topic of ours; `earshot kafka topics` lists them"
        )
    with closing(GroupOffsets(kafka, group)) as offsets:
        committed = offsets.committed(names or existing)
    chosen = names or tuple(sorted({topic for topic, _ in committed}))
    if not chosen:
        raise ConfigError(
            f"{group} has committed nothing: `earshot kafka groups` lists the groups, --topic names a topic"
        )
    kept = Admin(kafka).watermarks(chosen)
    return changes_to(_targets(kafka, chosen, to, kept), committed, kept)


def _targets(
    kafka: KafkaSettings, names: tuple[str, ...], to: str, kept: dict[TopicPartition, tuple[int, int]]
) -> dict[TopicPartition, int]:
    if to in {EARLIEST, LATEST}:
        return targets_at(to, kept)
    at_us = int(since_of(to, datetime.now(UTC), "--to earliest, latest or").timestamp() * MICROSECONDS)
    admin = Admin(kafka)
    return {place: offset for name in names for place, offset in admin.offsets_at(name, at_us).items()}


def _wait_until_empty(kafka: KafkaSettings, name: str) -> None:
    """Raises ConfigError where somebody is in the group after the session timeout, for which one who left stays."""
    groups = Groups(kafka)
    deadline = time.monotonic() + kafka.session_timeout_ms / 1000 + SLACK_S
    told = False
    while members := groups.group(name).members:
        if time.monotonic() > deadline:
            raise ConfigError(
                f"group {name} has members ({', '.join(members)}): stop them first (`earshot down`, then "
                "`earshot up --without` that stage)"
            )
        if not told:
            click.echo(f"waiting for {', '.join(members)}: a stage that has just stopped is a member for some seconds")
            told = True
        time.sleep(POLL_S)
