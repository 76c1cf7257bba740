import pytest

from runtime.errors import ConfigError
from sinks.clickhouse.migrations import migrations, missing, statements_of


def test_ours_are_numbered_without_a_hole():
    known = migrations()
    assert [migration.number for migration in known] == list(range(1, len(known) + 1))
    assert all(migration.statements for migration in known)


def test_statements_end_at_the_end_of_a_line():
    text = "-- why; not\nCREATE TABLE a (b String DEFAULT ';');\n  -- more\nSELECT 1;\n\n"
    assert statements_of(text) == ("CREATE TABLE a (b String DEFAULT ';')", "SELECT 1")


def test_only_what_is_missing_is_applied():
    known = migrations()
    assert missing(known, {}, "earshot") == known
    assert missing(known, {known[0].number: known[0].digest}, "earshot") == known[1:]


def test_a_schema_newer_than_the_program_is_refused():
    known = migrations()
    with pytest.raises(ConfigError, match=r"database radio has schema 99, .* only up to \d+: upgrade the program"):
        missing(known, {99: "x"}, "radio")


def test_a_schema_made_by_another_file_is_refused():
    with pytest.raises(ConfigError, match=r"made by another 0001_segments\.sql"):
        missing(migrations(), {1: "other"}, "radio")


@pytest.mark.parametrize(("names", "fault"), [(["1_a.sql"], "NNNN_what"), (["0001_a.sql", "0001_b.sql"], "used twice")])
def test_misnamed_files_are_refused(tmp_path, names, fault):
    for name in names:
        (tmp_path / name).write_text("SELECT 1;\n")
    with pytest.raises(ConfigError, match=fault):
        migrations(tmp_path)
