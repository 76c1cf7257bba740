"""What the tables hold is not recorded again, and a capture needs no tables."""

import logging

import pytest

from earshot.capture.recorded import check_not_recorded
from producers.claiming import Taken
from runtime.settings import ClickHouseSettings
from sinks.clickhouse.rows import row_of
from sinks.clickhouse.store import Store
from tests.support.transcripts import CAPTURED_AT, segment


def test_a_session_of_which_only_rows_are_left(clickhouse, session_id):
    store = Store(clickhouse)
    store.migrate()
    store.insert_segments([row_of(segment(session_id, channel_id="C02"), 0, CAPTURED_AT)], session_id)
    check_not_recorded(clickhouse, session_id, ["C01", "C03"])
    check_not_recorded(clickhouse, f"{session_id}-other", ["C02"])
    with pytest.raises(Taken, match=f"session {session_id} has been recorded already on C02: .*--resume") as caught:
        check_not_recorded(clickhouse, session_id, ["C01", "C02"])
    assert caught.value.exit_code == 78


@pytest.mark.parametrize("database", ["", "nowhere"])
def test_without_tables_the_log_decides_and_that_is_said(clickhouse, session_id, caplog, database):
    away = (
        ClickHouseSettings(url="http://127.0.0.1:1")
        if not database
        else clickhouse.model_copy(update={"database": database})
    )
    with caplog.at_level(logging.INFO):
        check_not_recorded(away, session_id, ["C01"])
    assert f"whether session {session_id} has rows was not asked, the log alone decides" in caplog.text
