"""Who may ask: the configured users, and no web page of another origin."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from local.clickhouse.faults import ACCESS_DENIED, AUTHENTICATION_FAILED, REQUIRED_PASSWORD, fault

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user."""

    user: str = "default"
    password: str = field(default="", repr=False)
    only_reads: bool = False


def users_of(owner: Credentials, reader: Credentials) -> tuple[Credentials, ...]:
    """Those who are served. A reader without a password is none where the owner has one: it would be a way past it."""
    has_reader = reader.user != owner.user and (reader.password or not owner.password)
    return (owner, reader) if has_reader else (owner,)


def check_access(users: Sequence[Credentials], headers: Mapping[str, str], values: Mapping[str, str]) -> Credentials:
    """Returns who asks. Raises Fault for other credentials than the users', and for what a web page could have sent.


    A page in the user's browser can reach the loopback address, under its own name by DNS rebinding too; the Host
    and Origin headers give both away.
    """
    for name in ("Host", "Origin"):
        if name in headers and _host(headers[name]) not in _LOCAL_NAMES:
            raise fault(ACCESS_DENIED, "ACCESS_DENIED", f"{name} {headers[name]!r} is not this machine's loopback name")
    user, password = _given(headers, values)
    known = next((one for one in users if hmac.compare_digest(user.encode(), one.user.encode())), None)
    if known is not None and _is_right(password, known.password):
        return known
    if not password and (known or users[0]).password:
        raise fault(REQUIRED_PASSWORD, "REQUIRED_PASSWORD", f"{user}: a password is required")
    raise fault(
        AUTHENTICATION_FAILED,
        "AUTHENTICATION_FAILED",
        f"{user}: Authentication failed: password is incorrect, or there is no user with such name.",
    )


def _is_right(given: str, password: str) -> bool:
    """A user without a password takes any, as a server's does: JDBC clients send `null` where they have none."""
    return not password or hmac.compare_digest(given.encode(), password.encode())


def _given(headers: Mapping[str, str], values: Mapping[str, str]) -> tuple[str, str]:
    """The user and password sent, in the order in which ClickHouse looks for them."""
    if "X-ClickHouse-User" in headers:
        return headers["X-ClickHouse-User"], headers.get("X-ClickHouse-Key", "")
    kind, _, encoded = headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        user, _, password = _decoded(encoded).partition(":")
        return user, password
    return values.get("user", "default"), values.get("password", "")


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise fault(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", "the Authorization header is not base64") from error


def _host(text: str) -> str:
    return urlsplit(text if "//" in text else f"//{text}").hostname or ""
