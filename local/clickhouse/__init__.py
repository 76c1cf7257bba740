"""The ClickHouse engine in one process, behind the ClickHouse HTTP interface."""

from local.clickhouse.process import run

__all__ = ["run"]
