"""A request of the ClickHouse HTTP interface, read into what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.clickhouse.connection import DEFAULT_FORMAT
from local.clickhouse.faults import CANNOT_PARSE_TEXT, fault

PARAMETER = "param_"
MOST_SESSION_TIMEOUT_S = 3600.0
DEFAULT_SESSION_TIMEOUT_S = 60.0
MOST_DIGITS = 18
# Names in the URL that the HTTP interface keeps for itself, or that only say how it should talk.
_OF_THE_INTERFACE = frozenset(
    {
        "query",
        "database",
        "user",
        "password",
        "query_id",
        "session_id",
        "session_timeout",
        "session_check",
        "close_session",
        "default_format",
        "compress",
        "decompress",
        "client_protocol_version",
        "quota_key",
        "role",
        "stacktrace",
        "buffer_size",
        "wait_end_of_query",
        "enable_http_compression",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "http_zlib_compression_level",
        "cancel_http_readonly_queries_on_client_close",
    }
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What one request asks for, apart from its text."""

    query: str = ""
    """The part of the statement that stands in the URL; the body goes on from there."""
    database: str = ""
    default_format: str = DEFAULT_FORMAT
    query_id: str = ""
    session_id: str = ""
    session_timeout_s: float = DEFAULT_SESSION_TIMEOUT_S
    must_have_session: bool = False
    is_compressed: bool = False
    """The result is wanted in ClickHouse's own compressed frames."""
    sends_compressed: bool = False
    """The body comes in ClickHouse's own compressed frames."""
    protocol_version: int = 0
    """The revision of ClickHouse's own protocol that Native blocks are wanted in; 0 for the plain format."""
    waits_for_end: bool = False
    """The result is wanted only once the query has ended well."""
    settings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)


def read_ask(values: Mapping[str, str], headers: Mapping[str, str]) -> Ask:
    """Reads the URL's values (or a form's) and the X-ClickHouse headers; the URL wins. Raises Fault for bad ones."""
    return Ask(
        query=values.get("query", ""),
        database=values.get("database") or headers.get("X-ClickHouse-Database", ""),
        default_format=values.get("default_format") or headers.get("X-ClickHouse-Format") or DEFAULT_FORMAT,
        query_id=values.get("query_id", ""),
        session_id=values.get("session_id", ""),
        session_timeout_s=_timeout_s(values.get("session_timeout", "")),
        must_have_session=_is_set(values, "session_check"),
        is_compressed=_is_set(values, "compress"),
        sends_compressed=_is_set(values, "decompress"),
        protocol_version=_whole_number(values, "client_protocol_version"),
        waits_for_end=_is_set(values, "wait_end_of_query"),
        settings={name: text for name, text in values.items() if _is_setting(name)},
        parameters={name.removeprefix(PARAMETER): text for name, text in values.items() if name.startswith(PARAMETER)},
    )


def whole_text(query: str, body: bytes) -> bytes:
    """The statement: what stands in the URL, then the body."""
    return query.encode() + b"\n" + body if query else body


def _is_setting(name: str) -> bool:
    return name not in _OF_THE_INTERFACE and not name.startswith(PARAMETER)


def _is_set(values: Mapping[str, str], name: str) -> bool:
    return values.get(name, "0").lower() in ("1", "true")


def _whole_number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name) or "0"
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise fault(CANNOT_PARSE_TEXT, "CANNOT_PARSE_TEXT", f"{name} {text!r} is no whole number")
    return int(text)


def _timeout_s(text: str) -> float:
    try:
        return min(float(text), MOST_SESSION_TIMEOUT_S)
    except ValueError:
        return DEFAULT_SESSION_TIMEOUT_S
