"""The engine's own configuration: what its one user may do, whatever it is asked."""

import os
import uuid
from pathlib import Path
from xml.sax.saxutils import escape

from local.clickhouse.limits import Limits
from local.clickhouse.outside import DATABASE_ENGINES, ENGINES

CONFIG = "config.xml"
_USERS = "users.xml"
# Sources, functions, dictionaries, users, named collections, backups, SYSTEM and KILL are not among them.
_GRANTS = (
    "GRANT SHOW, SELECT, INSERT, ALTER TABLE, ALTER VIEW, CREATE DATABASE, CREATE TABLE, CREATE VIEW, "
    "CREATE TEMPORARY TABLE, DROP DATABASE, DROP TABLE, DROP VIEW, UNDROP TABLE, TRUNCATE, OPTIMIZE, CHECK ON *.*",
    *(f"GRANT TABLE ENGINE ON {engine}" for engine in dict.fromkeys((*ENGINES, *DATABASE_ENGINES))),
    "REVOKE DROP DATABASE ON default.*",  # every connection begins there
)
# They change how a text is read, hold an expression, or name a file, an address or a disk.
_FIXED_SETTINGS = (
    "additional_result_filter",
    "additional_table_filters",
    "dialect",
    "format_avro_schema_registry_url",
    "format_schema",
    "format_template_resultset",
    "format_template_row",
    "input_format_record_errors_file_path",
    "merge_tree_disk",
    "merge_tree_storage_policy",
    "output_format_schema",
    "rename_files_after_processing",
)


def write_config(folder: Path, limits: Limits) -> None:
    """Writes the engine's configuration into `folder`. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _USERS).write_text(_users_text(limits), encoding="utf-8")
    (folder / CONFIG).write_text(_config_text(folder), encoding="utf-8")


def keep_default_database(tables: Path) -> None:
    """Declares the database `default` as one of tables alone. Raises OSError.

    The engine's own takes every name that it does not know for a file's. Tables made in that one stay where they are.
    """
    metadata = tables / "metadata"
    declared = metadata / "default.sql"
    if declared.exists():
        return
    metadata.mkdir(parents=True, exist_ok=True)
    link = metadata / "default"
    name = Path(os.readlink(link)).name if link.is_symlink() else str(uuid.uuid4())
    draft = declared.with_suffix(".draft")
    draft.write_text(f"ATTACH DATABASE _ UUID '{name}'\nENGINE = Atomic\n", encoding="utf-8")
    draft.replace(declared)


def _config_text(folder: Path) -> str:
    empty = folder / "empty"
    elements = {
        "users_config": folder / _USERS,
        "default_database": "",
        "database": "default",
        "user_scripts_path": f"{empty}/",
        "user_files_path": f"{empty}/",
    }
    lines = [f"    <{name}>{escape(str(value))}</{name}>" for name, value in elements.items()]
    return "\n".join(["<clickhouse>", *lines, "</clickhouse>", ""])


def _users_text(limits: Limits) -> str:
    grants = [f"                <query>{escape(grant)}</query>" for grant in _GRANTS]
    fixed = [f"                <{name}><const/></{name}>" for name in _FIXED_SETTINGS]
    bounds = {"max_memory_usage": limits.query_bytes, "max_execution_time": int(limits.query_s)}
    values = [f"            <{name}>{most}</{name}>" for name, most in bounds.items()]
    bounded = [f"                <{name}><min>1</min><max>{most}</max></{name}>" for name, most in bounds.items()]
    return "\n".join(
        [
            "<clickhouse>",
            "    <profiles>",
            "        <default>",
            "            <output_format_parallel_formatting>0</output_format_parallel_formatting>",  # hundreds of MB
            *values,
            "            <constraints>",
            *fixed,
            *bounded,
            "            </constraints>",
            "        </default>",
            "    </profiles>",
            "    <users>",
            "        <default>",
            "            <password></password>",
            "            <networks><ip>::/0</ip></networks>",
            "            <profile>default</profile>",
            "            <quota>default</quota>",
            "            <grants>",
            *grants,
            "            </grants>",
            "        </default>",
            "    </users>",
            "    <quotas><default></default></quotas>",
            "</clickhouse>",
            "",
        ]
    )
