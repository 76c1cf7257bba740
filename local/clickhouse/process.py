"""The ClickHouse engine as a process: it owns the tables' folder and serves them to every other process."""

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from local.clickhouse.access import Credentials, users_of
from local.clickhouse.engine import Engine
from local.clickhouse.front import Front, Served
from local.clickhouse.limits import limits_of, machine_bytes
from local.folder_lock import FolderLock
from local.ports import HOST, require_free
from runtime.process import STAGE_STOPS_WITHIN_S, Process, running
from runtime.settings import ClickHouseSettings, Settings

log = logging.getLogger(__name__)
READER = "reader"
"""Who may ask without being able to change anything, unless the settings name another."""
TURN_S = 0.1
SESSION_CHECK_TURNS = 100
FINISH_WITHIN_S = 2.5
"""How long queries may go on after the word to stop; aiohttp waits so long twice, before and after cancelling them."""


def run(settings: Settings) -> None:
    """Serves until told to stop. Raises PortTaken, or LocalStackError where another process holds the folder."""
    with running("clickhouse", settings, stops_within_s=STAGE_STOPS_WITHIN_S) as process:
        local = settings.local
        folder = Path(local.data_dir).absolute() / "clickhouse"
        with FolderLock(folder, "owner"):
            require_free([(local.clickhouse_port, "EARSHOT_LOCAL__CLICKHOUSE_PORT (and EARSHOT_CLICKHOUSE__URL)")])
            limits = limits_of(local, machine_bytes())
            engine = process.started(lambda: Engine(folder / "tables", folder / "engine", limits))
            served = Served(engine, _users(settings.clickhouse), limits)
            is_idle = asyncio.run(_serve(served, local.clickhouse_port, process))
            if not is_idle:
                log.warning("a query is still running: it is cut off; rows that were acknowledged are kept")
                logging.shutdown()
                os._exit(0)  # the engine waits for its queries for as long as they take, and so would an ordinary end
            engine.close()


def _users(clickhouse: ClickHouseSettings) -> Sequence[Credentials]:
    reader = clickhouse.reading_user or READER
    return users_of(
        Credentials(clickhouse.user, clickhouse.password.get_secret_value()),
        Credentials(reader, clickhouse.reading_password.get_secret_value(), only_reads=True),
    )


async def _serve(served: Served, port: int, process: Process) -> bool:
    """Answers until told to stop; returns whether every query has ended."""
    front = Front(served)
    runner = web.AppRunner(front.app(), access_log=None, shutdown_timeout=FINISH_WITHIN_S)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    log.info("ClickHouse %s answers at http://%s:%d", served.engine.version, HOST, port)
    turns = 0
    while not process.stop.is_set():
        process.progress.beat()
        await asyncio.sleep(TURN_S)
        turns += 1
        if turns % SESSION_CHECK_TURNS == 0:
            await front.expire_sessions()
    await runner.cleanup()
    front.close()
    return front.open_queries == 0
