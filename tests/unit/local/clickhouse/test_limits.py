from local.clickhouse.limits import limits_of, machine_bytes
from runtime.settings import LocalSettings

GB = 1024**3


def test_all_readers_together_have_a_quarter_of_the_machine():
    limits = limits_of(LocalSettings(clickhouse_readers=4), 16 * GB)
    assert (limits.places, limits.query_bytes * limits.places) == (4, 4 * GB)


def test_the_settings_say_otherwise_and_a_query_is_never_starved():
    local = LocalSettings(clickhouse_readers=2, clickhouse_memory_mb=1024, clickhouse_query_s=7)
    assert (limits_of(local, 16 * GB).query_bytes, limits_of(local, GB).query_s) == (GB // 2, 7)
    assert limits_of(LocalSettings(clickhouse_readers=64), GB).query_bytes == 64 * 1024**2


def test_the_machine_has_memory():
    assert machine_bytes() > 100 * 1024**2
