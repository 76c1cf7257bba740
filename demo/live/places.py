"""Where a demo's stack keeps its data, and where its servers listen."""

from collections.abc import Callable
from pathlib import Path

from local.ports import free_ports, is_free
from runtime.errors import PortTaken
from runtime.settings import CaptureSettings, ClickHouseSettings, KafkaSettings, Settings

FOLDER = "demo"
OPS_PORTS = 40
OPS_ROWS = 250
LAST_PORT = 65_535


def apart(settings: Settings) -> Settings:
    """The settings of a stack of the demo's own, with its data in a folder below the user's.

    Its terms and sessions come into no other table, what waits in a spool is not sent to it, and servers elsewhere that
    these settings name have no part in it.
    """
    local = settings.local.model_copy(
        update={"kafka": True, "clickhouse": True, "data_dir": str(Path(settings.local.data_dir) / FOLDER)}
    )
    own = {"kafka": KafkaSettings(), "clickhouse": ClickHouseSettings(), "capture": CaptureSettings()}
    return settings.model_copy(update={"local": local, **own})


def placed(settings: Settings, tell: Callable[[str], None]) -> Settings:
    """The settings with the usual ports where they are free and others where they are not, saying which had to move."""
    local = settings.local
    wanted = {
        "kafka_port": local.kafka_port,
        "kafka_controller_port": local.kafka_controller_port,
        "clickhouse_port": local.clickhouse_port,
    }
    taken = [name for name, port in wanted.items() if not is_free(port)]
    moved = dict(zip(taken, free_ports(len(taken)), strict=True))
    for name, port in moved.items():
        tell(f"port {wanted[name]} is taken: {name} is {port}")
    ports = {**wanted, **moved, "ops_port": _ops_base(local.ops_port)}
    kafka = settings.kafka.model_copy(update={"bootstrap": f"127.0.0.1:{ports['kafka_port']}"})
    clickhouse = settings.clickhouse.model_copy(update={"url": f"http://127.0.0.1:{ports['clickhouse_port']}"})
    return settings.model_copy(
        update={"local": local.model_copy(update=ports), "kafka": kafka, "clickhouse": clickhouse}
    )


def _ops_base(wanted: int) -> int:
    """The first port from `wanted` on, in steps, after which enough others are free as well."""
    past = min(wanted + OPS_ROWS * OPS_PORTS, LAST_PORT + 2 - OPS_PORTS)
    for base in range(wanted, past, OPS_PORTS):
        if all(is_free(base + number) for number in range(OPS_PORTS)):
            return base
    raise PortTaken(f"no {OPS_PORTS} free ports in a row from {wanted} on: set EARSHOT_LOCAL__OPS_PORT")
