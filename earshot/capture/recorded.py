"""Whether the tables hold a session already: they may be older than its stream's marks, and than the log."""

import logging
from collections.abc import Iterable

from producers.claiming import Taken, already_there
from runtime.errors import ConfigError, Unavailable
from runtime.settings import ClickHouseSettings
from sinks.clickhouse.store import Store

log = logging.getLogger(__name__)
ANSWER_WITHIN_S = 3.0
RECORDED = "SELECT DISTINCT channel_id FROM segments WHERE session_id = {session:String}"


def check_not_recorded(clickhouse: ClickHouseSettings, session_id: str, channels: Iterable[str]) -> None:
    """Raises Taken if a channel of that session has rows.

    A capture does not need ClickHouse: where it is away that is said, and the streams' marks and the log decide alone.
    """
    store = Store(clickhouse, ANSWER_WITHIN_S)
    try:
        recorded = {str(row[0]) for row in store.ask(RECORDED, {"session": session_id}).rows}
    except (Unavailable, ConfigError) as error:
        log.info("whether session %s has rows was not asked, the log alone decides: %s", session_id, error)
        return
    finally:
        store.close()
    if taken := recorded & set(channels):
        raise Taken(already_there(session_id, taken, is_live=False))
