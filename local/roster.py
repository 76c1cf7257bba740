"""Which services a stack has, with their commands, settings and signs of readiness."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from local.health import answers_ping, health_at
from local.ports import HOST
from local.service import Service
from runtime.kafka.admin import Admin
from runtime.settings import LocalSettings, Settings, child_environment

SERVERS = ("kafka", "clickhouse")
STAGES = ("segmenter", "transcriber", "glossary", "sink", "auditor")
ANSWER_WITHIN_S = 0.5


def effective(settings: Settings) -> Settings:
    """The settings with local servers at their local addresses."""
    local = settings.local
    changes: dict[str, object] = {}
    if local.kafka:
        changes["kafka"] = settings.kafka.model_copy(update={"bootstrap": f"{HOST}:{local.kafka_port}"})
    if local.clickhouse:
        changes["clickhouse"] = settings.clickhouse.model_copy(update={"url": f"http://{HOST}:{local.clickhouse_port}"})
    return settings.model_copy(update=changes)


def services_of(settings: Settings, stages: tuple[str, ...] = STAGES) -> list[Service]:
    """The services in the order of their start; each has the next ops port. `settings` are effective ones."""
    local = settings.local
    copies = {"segmenter": local.segmenters, "transcriber": local.transcribers}
    servers = [name for name, is_local in (("kafka", local.kafka), ("clickhouse", local.clickhouse)) if is_local]
    runs = [_Run(server, server, "1") for server in servers]
    runs += [run for stage in stages for run in _copies(stage, copies.get(stage, 1))]
    return [_service(settings, run, local.ops_port + index) for index, run in enumerate(runs)]


def member_of(settings: Settings, stage: str, member: int, ops_port: int) -> Service:
    """One more process of a stage, `<stage>-<member>`; `settings` are effective ones."""
    return _service(settings, _Run(stage, f"{stage}-{member}", str(member)), ops_port)


@dataclass(frozen=True, slots=True)
class _Run:
    stage: str
    name: str
    member: str


def _copies(stage: str, number: int) -> list[_Run]:
    if number == 1:
        return [_Run(stage, stage, "1")]
    return [_Run(stage, f"{stage}-{member}", str(member)) for member in range(1, number + 1)]


def _service(settings: Settings, run: _Run, ops_port: int) -> Service:
    own = settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(update={"member": run.member}),
            "ops": settings.ops.model_copy(update={"port": ops_port}),
        }
    )
    return Service(
        name=run.name,
        command=(sys.executable, "-m", "earshot", "run", run.stage),
        environment=child_environment(own),
        is_ready=_sign_of_readiness(settings, run.stage, ops_port),
        ops_port=ops_port,
    )


def _sign_of_readiness(settings: Settings, stage: str, ops_port: int) -> Callable[[], bool]:
    if stage == "kafka":
        return lambda: Admin(settings.kafka).is_up(ANSWER_WITHIN_S)
    if stage == "clickhouse":
        return lambda: answers_ping(settings.local.clickhouse_port)

    def is_healthy() -> bool:
        health = health_at(ops_port)
        return health is not None and health.ok

    return is_healthy


def ports_of(local: LocalSettings, services: Iterable[Service]) -> list[tuple[int, str]]:
    """The ports that a stack of these services listens on, each with its setting."""
    ports = [(service.ops_port, "EARSHOT_LOCAL__OPS_PORT") for service in services if service.ops_port]
    if local.kafka:
        ports += [
            (local.kafka_port, "EARSHOT_LOCAL__KAFKA_PORT"),
            (local.kafka_controller_port, "EARSHOT_LOCAL__KAFKA_CONTROLLER_PORT"),
        ]
    if local.clickhouse:
        ports.append((local.clickhouse_port, "EARSHOT_LOCAL__CLICKHOUSE_PORT"))
    return ports
