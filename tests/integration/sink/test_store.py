"""The tables on the real engine."""

from dataclasses import replace

import pytest

from review.hits import Wanted, query_of
from runtime.errors import ConfigError, Unavailable
from runtime.settings import ClickHouseSettings
from schemas.events import Correction, Library, Provenance, SampleSpan
from sinks.clickhouse.backlog import Plan
from sinks.clickhouse.folding import folded, folded_sql
from sinks.clickhouse.migrations import Migration, migrations
from sinks.clickhouse.rows import row_of
from sinks.clickhouse.store import Store
from tests.support.transcripts import CAPTURED_AT, segment
from tests.support.waiting import wait_until

LATER = CAPTURED_AT + 3_000_000
CHANGE = Correction("eckmo", "ECMO", "ECMO", "alias", 100.0, 6, 11)


@pytest.fixture(scope="module")
def tables(module_clickhouse: ClickHouseSettings):
    """A migrated database, made once: a migration is thirty statements."""
    store = Store(module_clickhouse)
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def store(tables: Store) -> Store:
    for table in ("segments", "segment_history", "sink_plans"):
        tables.ask(f"TRUNCATE TABLE {table}")
    return tables


def insert(store: Store, *segments, token: str, corrected_at: int = LATER) -> None:
    store.insert_segments([row_of(made, offset, corrected_at) for offset, made in enumerate(segments)], token)


def test_migrations_are_applied_once(store):
    assert store.migrate() == []
    applied = store.ask("SELECT number FROM schema_migrations ORDER BY number").rows
    assert applied == [(migration.number,) for migration in migrations()]


def test_an_older_schema_is_brought_up_to_date_and_keeps_its_rows(clickhouse: ClickHouseSettings):
    store = Store(clickhouse)
    store.migrate(migrations()[:2])
    store.ask(
        "INSERT INTO segments (session_id, channel_id, segment_id, text, text_raw, avg_logprob, temperature, "
        "beam_size) VALUES ('s', 'C01', 's/C01/0/0', 'hold position', 'hold position', -0.25, 0, 5)"
    )
    assert store.migrate() == [f"{one.number:04}_{one.name}" for one in migrations()[2:]]
    assert store.ask("SELECT count() FROM transcript").rows == [(1,)]
    found = "SELECT segment_id FROM transcript WHERE lower(text) LIKE {part:String}"
    assert store.ask(found, {"part": "%osition%"}).rows == [("s/C01/0/0",)]
    kept = "SELECT avg_logprob, beam_size, no_speech_prob, engine, libraries, hotwords FROM segments FINAL"
    assert store.ask(kept).rows == [(-0.25, 5, 0.0, "", {}, [])]
    store.close()


def test_a_replay_that_an_older_program_noted_counts_as_whole(clickhouse: ClickHouseSettings):
    store = Store(clickhouse)
    store.migrate(migrations()[:4])
    store.ask("INSERT INTO replays (session_id, of_session, live) VALUES ('b', 'a', false)")
    store.migrate()
    assert store.ask("SELECT whole FROM replays FINAL").rows == [(True,)]
    store.close()


def test_a_newer_schema_is_refused(clickhouse: ClickHouseSettings):
    store = Store(clickhouse)
    ours, later = Migration(1, "a", ("SELECT 1",), "x"), Migration(2, "b", ("SELECT 1",), "y")
    store.migrate([ours, later])
    with pytest.raises(ConfigError, match="has schema 2, but this program knows only up to 1"):
        store.migrate([ours])
    store.close()


def test_a_row_reads_back_as_its_segment(store):
    insert(store, segment("s", 2, "start ECMO", text_raw="start eckmo", corrections=(CHANGE,)), token="t-back")
    (row,) = store.ask("SELECT start_s, end_s, text, text_raw, corrections_made, confidence FROM transcript").rows
    assert row == (2.0, 3.0, "start ECMO", "start eckmo", 1, 0.9)
    (times,) = store.ask("SELECT window_ms, transcribe_ms, total_ms > 0 FROM latency").rows
    assert times == (600.0, 200.0, True)
    (words,) = store.ask("SELECT words.text, words.interpolated FROM segments").rows
    assert words == ([" start", " ECMO"], [False, False])
    assert store.ask("SELECT term, from_text FROM corrections").rows == [("ECMO", "eckmo")]


def test_a_row_says_what_it_was_decoded_by_and_where_speech_has_no_words(store):
    made_by = Provenance(engine="ctranslate2", instruction_set="AVX2", threads=2, libraries=(Library("numpy", "2.4"),))
    decoding = replace(segment("s").decoding, provenance=made_by, no_speech_prob=None, hotwords=("ECMO",))
    uncovered = (SampleSpan(40_000, 48_000), SampleSpan(64_000, 80_000))
    libraries = (Library("rapidfuzz", "3.14"),)
    insert(store, segment("s", 2, decoding=decoding, uncovered=uncovered, libraries=libraries), token="t-made")
    (row,) = store.ask(
        "SELECT engine, instruction_set, threads, libraries, no_speech_prob, hotwords FROM segments"
    ).rows
    assert row == ("ctranslate2", "AVX2", 2, {"numpy": "2.4", "rapidfuzz": "3.14"}, None, ["ECMO"])
    assert store.ask("SELECT uncovered_s FROM transcript").rows == [(1.5,)]
    spans = store.ask(
        "SELECT start_s, end_s, toUnixTimestamp64Micro(spoken_at) FROM speech_without_text ORDER BY start_s"
    ).rows
    assert spans == [(2.5, 3.0, CAPTURED_AT + 2_500_000), (4.0, 5.0, CAPTURED_AT + 4_000_000)]


def test_speech_of_which_nothing_was_written_is_in_its_own_view_only(store):
    mark = segment("s", 4, "", words=(), uncovered=(SampleSpan(64_000, 72_000),))
    insert(store, segment("s", 0), mark, token="t-mark")
    for view in ("transcript", "latency"):
        assert store.ask(f"SELECT segment_id FROM {view}").rows == [(segment("s", 0).segment_id,)]
    assert store.ask("SELECT segments FROM sessions").rows == [(1,)]
    assert store.ask("SELECT sum(segments) FROM channel_minute").rows == [(1,)]
    found = store.ask("SELECT segment_id, start_s, end_s, beside FROM speech_without_text").rows
    assert found == [(mark.segment_id, 4.0, 4.5, "")]


def test_a_repeated_insert_changes_nothing(store):
    for _ in range(3):
        insert(store, *(segment("s", index) for index in range(20)), token="t-again")
    assert store.ask("SELECT count(), (SELECT count() FROM segment_history) FROM segments").rows == [(20, 20)]


def test_the_same_offsets_with_other_records_are_not_taken_for_a_repetition(store):
    insert(store, segment("s", 0), token="t-0-0-a")
    insert(store, segment("s", 1), token="t-0-0-b")
    assert store.ask("SELECT count() FROM segments").rows == [(2,)]


def test_the_newest_correction_is_read_and_the_older_kept(store):
    first = segment("s", 0, "start eckmo", glossary_version="one")
    second = replace(first, text="start ECMO", corrections=(CHANGE,), glossary_version="two")
    insert(store, second, token="t-second", corrected_at=LATER + 1000)
    insert(store, first, token="t-first")  # arrives late
    assert store.ask("SELECT text, glossary_version FROM transcript").rows == [("start ECMO", "two")]
    assert store.ask("SELECT segments, channels FROM sessions").rows == [(1, ["C01"])]
    history = store.ask("SELECT text FROM segment_history ORDER BY glossary_version").rows
    assert history == [("start eckmo",), ("start ECMO",)]


def test_text_is_found_inside_words_by_the_index_and_not_in_replaced_versions(store):
    old, new = segment("s", 0, "혈압을 재라"), segment("s", 0, "맥박을 재라")
    insert(store, old, segment("s", 1, "Hold Position"), token="t-old")
    insert(store, new, token="t-new", corrected_at=LATER + 1000)
    find = "SELECT text FROM transcript WHERE folded LIKE {word:String}"
    assert store.ask(find, {"word": "%맥박%"}).rows == [("맥박을 재라",)]
    assert store.ask(find, {"word": "%혈압%"}).rows == []
    assert store.ask(find, {"word": "%d pos%"}).rows == [("Hold Position",)]
    plan = store.ask(f"EXPLAIN indexes = 1 {find}", {"word": "%맥박%"}).rows
    assert any("folded_ngrams" in line for (line,) in plan)


FOLDINGS = [
    ("À L'Élysée", "élysée"),
    ("a\u0300 l'e\u0301lyse\u0301e", "ÉLYSÉE"),
    ("ÉCOLE normale", "e\u0301cole"),
    ("İstanbul Boğazı", "istanbul"),
    ("İSTANBUL BOĞAZI", "i\u0307stanbul boğaz"),
    ("Hauptstraße", "STRASSE"),
    ("HAUPTSTRASSE", "straße"),
    ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
    ("ОБЪЕКТ", "объект"),
    ("혈압을 재라", "\u1112\u1167\u11af\u110b\u1161\u11b8"),
    ("\u1112\u1167\u11af\u110b\u1161\u11b8을 재라", "혈압"),
]


@pytest.mark.parametrize(("text", "word"), FOLDINGS)
def test_a_word_is_found_however_it_and_the_text_were_typed(store, text, word):
    insert(store, segment("s", 0, text), segment("s", 1, "something else"), token=f"t-{text}-{word}")
    sql, parameters = query_of(Wanted((word,), "s", limit=10))
    assert [row[-1] for row in store.ask(sql, parameters).rows] == [text]
    assert store.ask(f"SELECT {folded_sql('{word:String}')}", {"word": word}).rows == [(folded(word),)]


def test_rows_of_an_older_schema_are_folded_and_indexed_too(clickhouse: ClickHouseSettings):
    store = Store(clickhouse)
    store.migrate(migrations()[:6])
    store.ask(
        "INSERT INTO segments (session_id, channel_id, segment_id, text, text_raw) "
        "VALUES ('s', 'C01', 's/C01/0/0', 'ÉCOLE', 'ÉCOLE')"
    )
    store.migrate()
    find = "SELECT text FROM transcript WHERE folded LIKE '%école%'"
    assert store.ask(find).rows == [("ÉCOLE",)]
    wait_until(
        lambda: not store.ask("SELECT 1 FROM system.mutations WHERE NOT is_done AND database = currentDatabase()").rows
    )
    assert store.ask(find).rows == [("ÉCOLE",)]
    assert any("folded_ngrams" in line for (line,) in store.ask(f"EXPLAIN indexes = 1 {find}").rows)
    store.close()


def test_channel_minutes(store):
    made = [replace(segment("s", index), channel_id=channel) for channel in ("C01", "C02") for index in range(3)]
    insert(store, *made, token="t-minutes")
    rows = store.ask("SELECT channel_id, speech_s, segments, words FROM channel_minute ORDER BY channel_id").rows
    assert rows == [("C01", 3.0, 3, 6), ("C02", 3.0, 3, 6)]


def test_the_newest_plan_of_each_partition_counts(store):
    one, other = Plan(("t", 0), 5, 9), Plan(("t", 1), 2, 3)
    store.save_plans("g", [Plan(("t", 0), 0, 4)])
    store.save_plans("g", [one, other])
    assert sorted(store.plans("g"), key=lambda plan: plan.partition) == [one, other]
    assert store.plans("another group") == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC 1", "Syntax error"),
        ("SELECT nothing", "Unknown expression identifier `nothing`"),
        ("SELECT * FROM nowhere", "nowhere.*our tables are made by the sink"),
    ],
)
def test_wrong_queries_are_told_in_one_line(store, sql, said):
    with pytest.raises(ConfigError, match=said) as caught:
        store.ask(sql)
    assert "\n" not in str(caught.value)
    assert "Expected one of" not in str(caught.value)


def test_a_wrong_password(clickhouse: ClickHouseSettings):
    with pytest.raises(ConfigError, match="refuses user nobody: set EARSHOT_CLICKHOUSE__USER"):
        Store(clickhouse.model_copy(update={"user": "nobody"})).ask("SELECT 1")


def test_nobody_at_the_address():
    with pytest.raises(Unavailable, match=r"does not answer at http://127.0.0.1:9 \(Connection refused\): start it"):
        Store(ClickHouseSettings(url="http://127.0.0.1:9")).ask("SELECT 1")


def test_what_is_inserted_again_keeps_its_first_time(store):
    one = segment("again", 1)
    insert(store, one, token="t-first")
    sql = "SELECT corrected_at, inserted_at, version FROM segments FINAL WHERE session_id = 'again'"
    ((corrected_at, inserted_at, version),) = store.ask(sql).rows
    store.insert_segments(
        [row_of(one, 7, CAPTURED_AT + 3_600_000_000), row_of(segment("again", 2), 8, CAPTURED_AT)], "t-more"
    )
    again, new = store.ask(f"{sql} ORDER BY start_sample").rows
    assert again[:2] == (corrected_at, inserted_at)
    assert again[2] > version
    assert new[1] >= inserted_at


def test_rows_that_are_called_inserted_and_are_not_there_are_told_and_tried_again(store, monkeypatch):
    """A server that drops an insert and says nothing: here the insert itself is left out once."""
    real, tokens = Store._insert, []

    def insert_nothing_first(self: Store, rows, token):
        tokens.append(token)
        if len(tokens) > 1:
            real(self, rows, token)

    monkeypatch.setattr(Store, "_insert", insert_nothing_first)
    rows = [row_of(segment("unseen", number), number, CAPTURED_AT) for number in range(3)]
    with pytest.raises(Unavailable, match="3 rows are inserted, and 3 of them are not in the table"):
        store.insert_segments(rows, "t-unseen")
    store.insert_segments(rows, "t-unseen")
    assert tokens == ["t-unseen", "t-unseen-1"]
    assert store.ask("SELECT count() FROM segments WHERE session_id = 'unseen'").rows == [(3,)]


def test_a_dropped_table_is_made_again_as_the_doctor_says(clickhouse: ClickHouseSettings):
    store = Store(clickhouse)
    store.migrate()
    insert(store, segment("kept"), token="t-kept")
    store.ask("DROP TABLE latency")
    store.ask("DROP TABLE sink_plans")
    with pytest.raises(ConfigError, match="earshot doctor"):
        store.plans("group")
    assert store.migrate() == []
    store.ask("DROP TABLE schema_migrations")
    store.ask("TRUNCATE TABLE IF EXISTS sink_plans")
    store.migrate()
    assert store.plans("group") == []
    assert store.ask("SELECT count() FROM latency").rows == [(1,)]
    store.close()
