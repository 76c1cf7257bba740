"""What of the engine reaches beyond the tables, as the names that no allowlist here holds.

The engine runs with this user's rights, and in this form neither `user_files_path` nor allowed hosts hold in it. Its
grants (config.py) keep it from sources and foreign engines. What has no grant is let in by name: the engine is asked
what it knows, and every name that is not allowed here is refused, so that a new version's additions are refused too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.clickhouse.faults import ACCESS_DENIED, Fault, fault

_FUNCTIONS = Path(__file__).with_name("functions.txt")
"""Every function that looks at nothing but its arguments, the tables and the engine's own state."""
TABLE_FUNCTIONS = frozenset(
    {
        "generateRandom",
        "generateSeries",
        "generate_series",
        "merge",
        "mergeTreeIndex",
        "mergeTreeProjection",
        "null",
        "numbers",
        "numbers_mt",
        "primes",
        "SQLStandardValues",
        "values",
        "view",
        "viewExplain",
        "zeros",
        "zeros_mt",
    }
)
ENGINES = (
    "AggregatingMergeTree",
    "CoalescingMergeTree",
    "CollapsingMergeTree",
    "Join",
    "Log",
    "MaterializedView",
    "Memory",
    "Merge",
    "MergeTree",
    "Null",
    "ReplacingMergeTree",
    "Set",
    "StripeLog",
    "SummingMergeTree",
    "TinyLog",
    "VersionedCollapsingMergeTree",
    "View",
)
DATABASE_ENGINES = ("Atomic", "Memory")
# Neither a path, an address nor an expression can stand in a value of these types.
_SETTING_TYPES = frozenset(
    {"Bool", "BoolAuto", "Char", "Double", "Float", "FloatAuto", "Int32", "Int64", "MaxThreads", "Milliseconds"}
    | {"NonZeroUInt64", "OverflowMode", "Seconds", "Timezone", "UInt64", "UInt64Auto"}
)
_SETTINGS = frozenset(
    {
        "aggregate_function_input_format",
        "bool_false_representation",
        "bool_true_representation",
        "cast_string_to_date_time_mode",
        "count_distinct_implementation",
        "date_time_input_format",
        "date_time_output_format",
        "date_time_overflow_behavior",
        "deduplicate_insert",
        "deduplicate_insert_select",
        "default_compression_codec",
        "default_table_engine",
        "default_temporary_table_engine",
        "distributed_ddl_output_mode",
        "distributed_product_mode",
        "except_default_mode",
        "force_data_skipping_indices",
        "format_csv_null_representation",
        "format_custom_escaping_rule",
        "format_custom_field_delimiter",
        "format_custom_result_after_delimiter",
        "format_custom_result_before_delimiter",
        "format_custom_row_after_delimiter",
        "format_custom_row_before_delimiter",
        "format_custom_row_between_delimiter",
        "format_tsv_null_representation",
        "group_by_overflow_mode",
        "ignore_data_skipping_indices",
        "insert_deduplication_token",
        "intersect_default_mode",
        "interval_output_format",
        "join_algorithm",
        "join_default_strictness",
        "lightweight_delete_mode",
        "lightweight_mutation_projection_mode",
        "load_balancing",
        "log_comment",
        "marks_compression_codec",
        "network_compression_method",
        "output_format_arrow_compression_method",
        "output_format_orc_compression_method",
        "output_format_parquet_compression_method",
        "output_format_parquet_version",
        "output_format_pretty_grid_charset",
        "output_format_sql_insert_table_name",
        "primary_key_compression_codec",
        "send_logs_level",
        "short_circuit_function_evaluation",
        "totals_mode",
        "union_default_mode",
    }
)
STATEMENTS = frozenset(
    {"SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK", "USE", "SET"}
    | {"INSERT", "CREATE", "REPLACE", "ALTER", "DROP", "UNDROP", "TRUNCATE", "RENAME", "EXCHANGE", "OPTIMIZE"}
    | {"DELETE", "UPDATE"}
)
"""What a statement may begin with."""
WORDS = frozenset({"OUTFILE", "INFILE"})
_DISK = "DISK"
"""`SETTINGS disk = disk(type = …)`: a function of its own."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names that the engine knows, as its system tables have them."""

    functions: tuple[str, ...]
    table_functions: tuple[str, ...]
    engines: tuple[str, ...]
    """Of tables and of databases."""
    setting_types: Mapping[str, str]
    """Of queries and of tables, each with its type."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The names that are refused, in capitals."""

    functions: frozenset[str] = frozenset()
    """They may be called through a bare name too: `APPLY file`, `arrayMap(file, …)`."""
    calls: frozenset[str] = frozenset()
    """Refused where a bracket follows: table functions."""
    ambiguous: frozenset[str] = frozenset()
    """Refused table functions that share their name with an allowed function."""
    engines: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """Matches bytes in which a refused function may be named, in whatever way."""
        names = "|".join(re.escape(name) for name in sorted(self.functions | self.calls | self.ambiguous)) or r"\b\B"
        return re.compile(rf"(?i)\b(?:{names})\b|[`\"][^`\"\s]*\\".encode())


def outside_of(known: Known) -> Outside:
    """What of `known` is not allowed."""
    functions = _refused(known.functions, _FUNCTIONS.read_text(encoding="ascii").split())
    calls = _refused(known.table_functions, TABLE_FUNCTIONS) | {_DISK}
    shared = calls & (_upper(known.functions) - functions)
    return Outside(
        functions=functions,
        calls=calls - shared,
        ambiguous=shared,
        engines=_refused(known.engines, (*ENGINES, *DATABASE_ENGINES)),
        settings=frozenset(
            name.upper()
            for name, kind in known.setting_types.items()
            if kind not in _SETTING_TYPES and name not in _SETTINGS
        ),
    )


def refused(name: str) -> Fault:
    """The fault of a statement that names what is not allowed."""
    return fault(ACCESS_DENIED, "ACCESS_DENIED", f"{name} is not allowed here: it may reach beyond the tables")


def _refused(known: Iterable[str], allowed: Iterable[str]) -> frozenset[str]:
    return _upper(known) - _upper(allowed)


def _upper(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.upper() for name in names)
