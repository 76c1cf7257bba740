"""The broker with its topics, and ClickHouse with its tables."""

import time

from earshot.doctor.finding import Finding, fail, ok, warn
from runtime.errors import ConfigError, EarshotError, Unavailable
from runtime.kafka.admin import Admin
from runtime.settings import Settings
from schemas.topics import ALL
from sinks.clickhouse.migrations import migrations, missing, names_made
from sinks.clickhouse.store import Store

ANSWERS_WITHIN_S = 3.0
FAR_APART_S = 0.5
REBUILD = (
    "stop the sink (`earshot down`, `earshot up --without sink`), `earshot sql --write 'DROP TABLE schema_migrations'` "
    "and `earshot sql --write 'TRUNCATE TABLE IF EXISTS sink_plans'`, start the sink: it makes them, and their rows "
    "from what Kafka still has"
)


def check_broker(settings: Settings) -> list[Finding]:
    """Whether the broker answers, and has every topic with as many partitions as configured."""
    admin = Admin(settings.kafka)
    try:
        is_up = admin.is_up(ANSWERS_WITHIN_S)
    except ConfigError as error:
        return [fail("broker", str(error), "set them, then call the doctor again")]
    if not is_up:
        return [_away("broker", settings.kafka.bootstrap, settings.local.kafka, "EARSHOT_KAFKA__BOOTSTRAP")]
    return [ok("broker", f"{settings.kafka.bootstrap} answers ({settings.kafka.security_protocol})"), _topics(settings)]


def check_clickhouse(settings: Settings) -> list[Finding]:
    """Whether ClickHouse answers, knows our tables, and has the same time as this machine."""
    elsewhere = settings.clickhouse.model_copy(update={"database": "default"})  # ours may not be there yet
    server = Store(elsewhere, ANSWERS_WITHIN_S)
    try:
        version = str(server.ask("SELECT version()").rows[0][0])
        return [ok("clickhouse", f"{version} at {settings.clickhouse.url}"), _tables(settings), _same_time(server)]
    except Unavailable:
        url, is_local = settings.clickhouse.url, settings.local.clickhouse
        return [_away("clickhouse", url, is_local, "EARSHOT_CLICKHOUSE__URL")]
    except ConfigError as error:
        return [fail("clickhouse", str(error), "set them, then call the doctor again")]
    finally:
        server.close()


def _away(subject: str, address: str, is_local: bool, setting: str) -> Finding:
    if is_local:
        return warn(subject, f"nothing answers at {address}", "`earshot up` starts the local one")
    return fail(subject, f"nothing answers at {address}", f"start it, or set {setting}")


def _topics(settings: Settings) -> Finding:
    wanted = settings.kafka.partitions
    found = Admin(settings.kafka).partitions()
    wrong = [f"{topic.name} ({found[topic.name]})" for topic in ALL if found.get(topic.name, wanted) != wanted]
    if wrong:
        return fail(
            "topics",
            f"EARSHOT_KAFKA__PARTITIONS is {wanted}, but not of {', '.join(wrong)}",
            "set it to what they have, or add partitions to every topic (docs/operations.md)",
        )
    absent = [topic.name for topic in ALL if topic.name not in found]
    if absent:
        return warn("topics", f"{len(absent)} of {len(ALL)} are not there yet", "the stages make them when they start")
    return ok("topics", f"all {len(ALL)}, {wanted} partition{'s' if wanted > 1 else ''} each")


def _tables(settings: Settings) -> Finding:
    known = migrations()
    store = Store(settings.clickhouse, ANSWERS_WITHIN_S)
    try:
        rows = store.ask("SELECT number, digest FROM schema_migrations").rows
        there = {
            str(name) for (name,) in store.ask("SELECT name FROM system.tables WHERE database = currentDatabase()").rows
        }
    except EarshotError:
        return warn("tables", "none yet", "the sink makes them when it starts")
    finally:
        store.close()
    try:
        unapplied = missing(known, {int(number): str(digest) for number, digest in rows}, settings.clickhouse.database)
    except ConfigError as error:
        return fail("tables", str(error), "see Upgrade in docs/operations.md")
    if unapplied:
        return warn("tables", f"{len(unapplied)} migrations behind", "the sink applies them when it starts")
    gone = [name for name in names_made(known) if name not in there]
    if gone:
        return fail("tables", f"gone from {settings.clickhouse.database}: {', '.join(gone)}", REBUILD)
    return ok("tables", f"schema {known[-1].number} in {settings.clickhouse.database}")


def _same_time(store: Store) -> Finding:
    asked_at = time.time()
    theirs = int(store.ask("SELECT toUnixTimestamp64Micro(now64(6))").rows[0][0]) / 1_000_000
    between = (asked_at + time.time()) / 2
    apart_s = theirs - between
    if abs(apart_s) > FAR_APART_S:
        return warn(
            "time",
            f"ClickHouse's clock is {apart_s:+.1f} s from this machine's",
            "keep both by NTP: latency goes by them",
        )
    return ok("time", f"ClickHouse's clock agrees within {max(abs(apart_s), 0.001):.3f} s")
