"""The ClickHouse HTTP interface on the loopback address, in front of the engine."""

import asyncio
import json
import logging
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from local.clickhouse.access import Credentials, check_access
from local.clickhouse.bodies import unpacked
from local.clickhouse.engine import Engine
from local.clickhouse.faults import NOT_IMPLEMENTED, Fault, fault
from local.clickhouse.frames import framed
from local.clickhouse.lanes import OWN_THREADS, PIPELINE, Lane
from local.clickhouse.limits import Limits
from local.clickhouse.request import Ask, read_ask
from local.clickhouse.statement import Statement
from local.clickhouse.work import Rights, Sessions, Work

log = logging.getLogger(__name__)
PATIENCE_S = 10.0
"""How long a query that reads waits for a place."""
LISTEN_S = 0.25
"""How often a running query's client is looked after."""
MOST_BODY_BYTES = 256 * 1024 * 1024
HELD_BYTES = 1024 * 1024
HELD_BYTES_OF_DOCUMENT = 16 * 1024 * 1024
"""Few clients read of a fault behind the first rows where the format has no lines or blocks (JDBC does not)."""
HELD_BYTES_WHEN_WAITING = 64 * 1024 * 1024
OK = "Ok.\n"
_TYPES = {
    "native": "application/octet-stream",
    "rowbinary": "application/octet-stream",
    "rowbinarywithnamesandtypes": "application/octet-stream",
    "parquet": "application/octet-stream",
    "arrow": "application/octet-stream",
    "arrowstream": "application/octet-stream",
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "tabseparatedwithnames": "text/tab-separated-values; charset=UTF-8",
    "tabseparatedwithnamesandtypes": "text/tab-separated-values; charset=UTF-8",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "jsoneachrow": "application/x-ndjson; charset=UTF-8",
    "xml": "application/xml; charset=UTF-8",
}
_BEGUN_EARLY = frozenset({"native", "tabseparated", "tsv", "csv", "jsoneachrow"})

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Served:
    """What is served, to whom, within which bounds."""

    engine: Engine
    users: Sequence[Credentials]
    limits: Limits


class Front:
    """Answers requests. Queries run in threads; the loop only moves bytes, so that /ping never waits for a query."""

    def __init__(self, served: Served) -> None:
        self._engine = served.engine
        self._users = served.users
        self._query_s = served.limits.query_s
        self._sessions = Sessions(served.engine)
        self._readers = Lane("read", served.limits.places, PATIENCE_S)
        self._own = Lane("own", OWN_THREADS, served.limits.query_s)
        self._open = 0

    @property
    def open_queries(self) -> int:
        """Queries that have not ended yet."""
        return self._open

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.router.add_route("GET", "/ping", self._ping)
        app.router.add_route("GET", "/replicas_status", self._ping)
        app.router.add_route("GET", "/", self._query)
        app.router.add_route("POST", "/", self._query)
        return app

    async def expire_sessions(self) -> None:
        """Ends the sessions that nobody came back to."""
        await self._own.run(self._sessions.expire)

    def close(self) -> None:
        """Ends the threads; those at work end with the process."""
        self._readers.close()
        self._own.close()

    async def _ping(self, request: web.Request) -> web.Response:
        return web.Response(text=OK)

    async def _query(self, request: web.Request) -> web.StreamResponse:
        query_id = request.query.get("query_id") or str(uuid.uuid4())
        try:
            user = check_access(self._users, request.headers, request.query)
            ask, body = await self._read(request)
            if not (ask.query or body):
                return web.Response(text=OK)
            rights = Rights(user.user, only_reads=user.only_reads, is_safe_method=request.method != "POST")
            work = Work(self._engine, self._sessions, ask, body, rights)
            lane = self._lane_of(request, await asyncio.to_thread(work.read))
            async with lane.place():
                return await self._answer(request, work, lane, query_id)
        except Fault as failure:
            return self._failed(failure, query_id)

    async def _read(self, request: web.Request) -> tuple[Ask, bytes]:
        values = dict(request.query)
        if request.content_type == "multipart/form-data":
            return await _read_form(request, values)
        ask = read_ask(values, request.headers)
        body = await request.read()
        return ask, unpacked(body, request.headers.get("Content-Encoding", ""), is_framed=ask.sends_compressed)

    def _lane_of(self, request: web.Request, statement: Statement) -> Lane:
        """The pipeline's own questions and everybody's rows never wait behind those who read."""
        is_pipeline = request.headers.get("User-Agent", "").partition(" ")[0] == PIPELINE
        return self._own if is_pipeline or statement.data is not None else self._readers

    async def _answer(self, request: web.Request, work: Work, lane: Lane, query_id: str) -> web.StreamResponse:
        self._open += 1
        held = HELD_BYTES if work.format.lower() in _BEGUN_EARLY else HELD_BYTES_OF_DOCUMENT
        held = HELD_BYTES_WHEN_WAITING if work.ask.waits_for_end else held
        try:
            first, is_all = await self._run(request, work, lane, lambda: work.begin(held))
            headers = self._headers(work, query_id)
            if is_all:
                return web.Response(body=_packed(work, first), headers=headers)
            return await self._stream(request, work, lane, _Head(headers, first))
        finally:
            await self._own.run(work.end)
            self._open -= 1

    async def _run(self, request: web.Request, work: Work, lane: Lane, step: Callable[[], Result]) -> Result:
        """A step of a query in its lane; one whose client is gone is ended."""
        future = lane.run(step)
        try:
            while not (await asyncio.wait({future}, timeout=LISTEN_S))[0]:
                if request.transport is None or request.transport.is_closing():
                    await self._own.run(work.cancel)
        except asyncio.CancelledError:
            await self._own.run(work.cancel)
            raise
        return future.result()

    async def _stream(self, request: web.Request, work: Work, lane: Lane, head: "_Head") -> web.StreamResponse:
        tag = secrets.token_hex(8)
        response = web.StreamResponse(headers=head.headers | {"X-ClickHouse-Exception-Tag": tag})
        response.enable_chunked_encoding()
        await response.prepare(request)
        piece = head.first
        try:
            while piece:
                async with asyncio.timeout(self._query_s):  # a client that does not read keeps a place from others
                    await response.write(_packed(work, piece))
                piece = await self._run(request, work, lane, work.go_on)
        except TimeoutError:
            log.warning("a client has not read its result for %g s: it is cut off", self._query_s)
            if request.transport is not None:
                request.transport.abort()
        except Fault as failure:
            await response.write(_trailer(failure, tag))
            if request.transport is not None:
                request.transport.close()  # the missing last chunk tells every client that this is not the end
        return response

    def _headers(self, work: Work, query_id: str) -> dict[str, str]:
        headers = self._common_headers(query_id)
        headers["X-ClickHouse-Format"] = work.format
        headers["X-ClickHouse-Summary"] = json.dumps(work.counts.summary(), separators=(",", ":"))
        kind = _TYPES.get(work.format.lower())
        is_json = work.format.lower().startswith("json")
        headers["Content-Type"] = kind or f"{'application/json' if is_json else 'text/plain'}; charset=UTF-8"
        return headers

    def _common_headers(self, query_id: str) -> dict[str, str]:
        return {
            "X-ClickHouse-Server-Display-Name": self._engine.host,
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Timezone": self._engine.timezone,
        }

    def _failed(self, failure: Fault, query_id: str) -> web.Response:
        log.debug("query %s failed: %s", query_id, failure.text)
        headers = self._common_headers(query_id)
        headers["X-ClickHouse-Exception-Code"] = str(failure.code)
        if failure.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        text = f"{failure.text} (version {self._engine.version})\n"
        return web.Response(status=failure.status, text=text, headers=headers)


@dataclass(frozen=True, slots=True)
class _Head:
    """How a streamed result begins."""

    headers: dict[str, str]
    first: bytes


async def _read_form(request: web.Request, values: Mapping[str, str]) -> tuple[Ask, bytes]:
    """A form holds the query and its parameters; tables sent along as files are a thing of the real server."""
    form = await request.post()
    texts: dict[str, str] = {}
    for name, value in form.items():
        if isinstance(value, web.FileField):
            raise fault(
                NOT_IMPLEMENTED, "NOT_IMPLEMENTED", "tables in the request (external data) are not supported here"
            )
        texts[name] = value if isinstance(value, str) else value.decode()
    return read_ask({**values, **texts}, request.headers), b""


def _packed(work: Work, data: bytes) -> bytes:
    return framed(data) if work.ask.is_compressed else data


def _trailer(failure: Fault, tag: str) -> bytes:
    """An error after the first rows, where clients look for it."""
    message = failure.text.encode() + b"\n"
    mark = b"__exception__"
    lines = (b"", mark, tag.encode(), message + f"{len(message)} {tag}".encode(), mark, b"")
    return b"\r\n".join(lines)
