"""Counts of what the glossary corrected, out of the real engine."""

import time

import pytest

from review.corrections import DAYS, with_counts
from runtime.errors import Unavailable
from runtime.settings import ClickHouseSettings
from schemas.events import Correction, GlossaryTerm
from sinks.clickhouse.rows import row_of
from sinks.clickhouse.store import Store
from tests.support.transcripts import segment

DAY_US = 86_400_000_000
TERMS = [GlossaryTerm("ECMO", (), "", ""), GlossaryTerm("혈압", (), "ko", "")]


def test_corrections_of_the_last_month_are_counted_by_term(clickhouse: ClickHouseSettings) -> None:
    now = time.time_ns() // 1000
    change = Correction("eckmo", "ECMO", "ECMO", "alias", 100.0, 0, 5)
    said = [
        segment("s", 0, "eckmo and eckmo", corrections=(change, change), captured_at=now),
        segment("s", 1, "eckmo", corrections=(change,), captured_at=now - (DAYS - 1) * DAY_US),
        segment("s", 2, "eckmo", corrections=(change,), captured_at=now - (DAYS + 1) * DAY_US),
    ]
    store = Store(clickhouse)
    store.migrate()
    store.insert_segments([row_of(made, offset, now) for offset, made in enumerate(said)], "token")

    assert [(term.term, term.corrected) for term in with_counts(store, TERMS)] == [("ECMO", 3), ("혈압", 0)]
    store.close()


def test_without_tables_there_are_no_counts() -> None:
    with pytest.raises(Unavailable):
        with_counts(Store(ClickHouseSettings(url="http://localhost:1")), TERMS)
