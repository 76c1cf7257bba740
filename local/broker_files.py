"""What the broker is told: its properties, its logging and its command line, as pure functions of a plan."""

from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
CLASS_PATH_FLAG = "-cp"

# For one node that many small processes share: short waits, small buffers, few threads. broker.session.timeout.ms is
# what a restart after SIGKILL waits for; the segment and message sizes are what the topics need.
_TUNING = """\
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=1
auto.create.topics.enable=false
message.max.bytes=2000000
log.segment.bytes=16777216
log.cleaner.dedupe.buffer.size=4194304
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.threads=1
group.coordinator.threads=1
group.coordinator.background.threads=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""

_LOGGING = """\
status=warn
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=${sys:kafka.log}
appender.file.filePattern=${sys:kafka.log}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{ISO8601} %p %c{1} [%t] %m%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=5MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
rootLogger.level=warn
rootLogger.appenderRef.file.ref=file
logger.server.name=kafka.server
logger.server.level=info
logger.config.name=org.apache.kafka.common.config
logger.config.level=warn
logger.kafkaconfig.name=kafka.server.KafkaConfig
logger.kafkaconfig.level=warn
"""

_MEMORY_FLAGS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xss512k",
    "-Xms64m",
    "-Xmx256m",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
)


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """Where a broker keeps what, and where it listens. All paths are absolute."""

    folder: Path
    port: int
    controller_port: int
    java: Path
    jars: tuple[Path, ...]
    extra_properties: tuple[tuple[str, str], ...] = ()
    """Added last, so that they hold over ours: another listener, logins, certificates."""

    @property
    def log_dir(self) -> Path:
        """Where the records are."""
        return self.folder / "log"

    @property
    def properties_file(self) -> Path:
        """The broker's properties."""
        return self.folder / "server.properties"

    @property
    def logging_file(self) -> Path:
        """The properties of its own log."""
        return self.folder / "log4j2.properties"

    @property
    def own_log(self) -> Path:
        """What it says of itself."""
        return self.folder / "kafka.log"

    @property
    def bootstrap(self) -> str:
        """Its address for clients."""
        return f"{HOST}:{self.port}"


def properties(plan: BrokerPlan) -> str:
    """The text of `server.properties`: one node that is broker and controller, on the loopback address."""
    return (
        "process.roles=broker,controller\n"
        "node.id=1\n"
        f"controller.quorum.voters=1@{HOST}:{plan.controller_port}\n"
        f"listeners=PLAINTEXT://{HOST}:{plan.port},CONTROLLER://{HOST}:{plan.controller_port}\n"
        f"advertised.listeners=PLAINTEXT://{HOST}:{plan.port}\n"
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
        "controller.listener.names=CONTROLLER\n"
        "inter.broker.listener.name=PLAINTEXT\n"
        f"log.dirs={_escaped(plan.log_dir)}\n"
        + _TUNING
        + "".join(f"{name}={value}\n" for name, value in plan.extra_properties)
    )


def logging_properties() -> str:
    """The text of `log4j2.properties`: warnings and the server's own steps, at most 15 MB."""
    return _LOGGING


def format_command(plan: BrokerPlan, cluster_id: str) -> list[str]:
    """Prepares an empty data folder."""
    return [
        *_java(plan),
        "kafka.tools.StorageTool",
        "format",
        "--ignore-formatted",
        "-t",
        cluster_id,
        "-c",
        str(plan.properties_file),
    ]


def run_command(plan: BrokerPlan, archive_flags: tuple[str, ...] = ()) -> list[str]:
    """Runs the broker; `archive_flags` use a class-data archive or list the classes for one."""
    java, *rest = _java(plan)
    return [java, *archive_flags, *rest, "kafka.Kafka", str(plan.properties_file)]


def class_path(plan: BrokerPlan) -> str:
    """The jars, spelt out one by one: a wildcard's order is open, and a class-data archive holds only for one order."""
    return ":".join(str(jar) for jar in plan.jars)


def _java(plan: BrokerPlan) -> list[str]:
    return [
        str(plan.java),
        *_MEMORY_FLAGS,
        f"-Dlog4j2.configurationFile={plan.logging_file}",
        f"-Dkafka.log={plan.own_log}",
        CLASS_PATH_FLAG,
        class_path(plan),
    ]


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\")
