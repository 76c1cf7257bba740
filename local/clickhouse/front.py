"""The ClickHouse HTTP interface on the loopback address, in front of the engine."""

import asyncio
import json
import logging
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aiohttp import web

from local.clickhouse.access import Credentials, check_access
from local.clickhouse.bodies import unpacked
from local.clickhouse.engine import Engine
from local.clickhouse.faults import NOT_IMPLEMENTED, Fault, fault
from local.clickhouse.frames import framed
from local.clickhouse.request import Ask, read_ask
from local.clickhouse.work import Rights, Sessions, Work

log = logging.getLogger(__name__)
THREADS = 8
MOST_OPEN_QUERIES = 64
MOST_BODY_BYTES = 256 * 1024 * 1024
HELD_BYTES = 1024 * 1024
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

Result = TypeVar("Result")


class Front:
    """Answers requests. Queries run in threads; the loop only moves bytes, so that /ping never waits for a query."""

    def __init__(self, engine: Engine, users: Sequence[Credentials]) -> None:
        self._engine = engine
        self._users = users
        self._sessions = Sessions(engine)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="query")
        self._slots = asyncio.Semaphore(MOST_OPEN_QUERIES)
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
        await self._in_thread(self._sessions.expire)

    def close(self) -> None:
        """Ends the threads; those at work end with the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)

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
            async with self._slots:
                return await self._answer(request, work, query_id)
        except Fault as failure:
            return self._failed(failure, query_id)

    async def _read(self, request: web.Request) -> tuple[Ask, bytes]:
        values = dict(request.query)
        if request.content_type == "multipart/form-data":
            return await _read_form(request, values)
        ask = read_ask(values, request.headers)
        body = await request.read()
        return ask, unpacked(body, request.headers.get("Content-Encoding", ""), is_framed=ask.sends_compressed)

    async def _answer(self, request: web.Request, work: Work, query_id: str) -> web.StreamResponse:
        self._open += 1
        held = HELD_BYTES_WHEN_WAITING if work.ask.waits_for_end else HELD_BYTES
        try:
            first, is_all = await self._in_thread(lambda: work.begin(held))
            headers = self._headers(work, query_id)
            if is_all:
                return web.Response(body=_packed(work, first), headers=headers)
            return await self._stream(request, work, headers, first)
        finally:
            await self._in_thread(work.end)
            self._open -= 1

    async def _stream(
        self, request: web.Request, work: Work, headers: dict[str, str], first: bytes
    ) -> web.StreamResponse:
        tag = secrets.token_hex(8)
        headers["X-ClickHouse-Exception-Tag"] = tag
        response = web.StreamResponse(headers=headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        piece = first
        try:
            while piece:
                await response.write(_packed(work, piece))
                piece = await self._in_thread(work.go_on)
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

    async def _in_thread(self, step: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, step)


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
