"""Settings name every fault at once and travel to child processes unchanged."""

import pytest

from runtime.errors import ConfigError
from runtime.settings import Settings, environment_of, load_settings, variable_names


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variable_names():
        monkeypatch.delenv(name, raising=False)


def test_the_defaults_are_valid() -> None:
    assert load_settings() == Settings()


def test_all_faults_come_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_KAFKA__PARTITION", "3")
    monkeypatch.setenv("EARSHOT_VAD__STOP", "0.9")
    monkeypatch.setenv("EARSHOT_WINDOW__MIN_S", "5000ms")
    monkeypatch.setenv("EARSHOT_LOCAL__KAFKA_PORT", "70000")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    message = str(caught.value)
    assert "EARSHOT_KAFKA__PARTITION: no such setting; did you mean EARSHOT_KAFKA__PARTITIONS?" in message
    assert "EARSHOT_VAD: stop (0.9) must not be above start (0.5)" in message
    assert "EARSHOT_WINDOW__MIN_S" in message
    assert "5000ms" in message
    assert "EARSHOT_LOCAL__KAFKA_PORT" in message
    assert message.count("EARSHOT_KAFKA__PARTITION:") == 1


def test_a_name_that_resembles_none_gets_no_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_FOO", "1")
    with pytest.raises(ConfigError, match=r"EARSHOT_FOO: no such setting; docs/operations\.md lists them all"):
        load_settings()


def test_a_fault_says_what_was_given_and_in_which_unit_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_VAD__SILENCE_MS", "0.5s")
    monkeypatch.setenv("EARSHOT_KAFKA__REPLICATION", "")
    with pytest.raises(ConfigError, match=r"SILENCE_MS: .* \(got '0.5s'\)\. Silence .* in milliseconds") as caught:
        load_settings()
    assert "EARSHOT_KAFKA__REPLICATION" in str(caught.value)


def test_a_list_is_json_or_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, wanted in (('["en","ko"]', ("en", "ko")), ("en, ko", ("en", "ko")), ("ko", ("ko",)), ("", ())):
        monkeypatch.setenv("EARSHOT_WHISPER__LANGUAGES", text)
        assert load_settings().whisper.languages == wanted
    for text in ('["en",', "[1,2]", "en,,ko"):
        monkeypatch.setenv("EARSHOT_WHISPER__LANGUAGES", text)
        with pytest.raises(ConfigError, match="EARSHOT_WHISPER__LANGUAGES: "):
            load_settings()


def test_names_are_read_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("earshot_kafka__partitions", "3")
    assert load_settings().kafka.partitions == 3


def test_a_whole_group_in_one_variable_is_no_setting_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_KAFKA", '{"password": "hush"}')
    with pytest.raises(ConfigError, match="EARSHOT_KAFKA: no such setting") as caught:
        load_settings()
    assert "hush" not in str(caught.value)


def test_pre_and_post_roll_must_fit_the_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_VAD__SILENCE_MS", "300")
    with pytest.raises(ConfigError, match="must not exceed silence_ms"):
        load_settings()


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_KAFKA__PARTITIONS", "4")
    monkeypatch.setenv("EARSHOT_WHISPER__LANGUAGES", '["ko"]')
    monkeypatch.setenv("EARSHOT_CLICKHOUSE__PASSWORD", "hush")
    monkeypatch.setenv("EARSHOT_LOCAL__KAFKA", "false")
    settings = load_settings()
    variables = environment_of(settings)
    for name in variable_names():
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_a_password_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_CLICKHOUSE__PASSWORD", "hush")
    assert "hush" not in repr(load_settings())


def test_every_setting_says_what_it_is() -> None:
    for group in Settings.model_fields.values():
        for name, field in group.annotation.model_fields.items():
            assert field.description, f"{group.annotation.__name__}.{name} has no line under it"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://me:hush@127.0.0.1:8123", "names a user or password: set them as user and password"),
        ("http://hush@127.0.0.1:8123", "names a user or password"),
        ("http://127.0.0.1:8123/?database=d&password=hush", "has a query"),
        ("http://127.0.0.1:8123#hush", r"has a query \(\?…\) or fragment"),
        ("127.0.0.1:8123", "is no address: write http://HOST:PORT"),
        ("localhost:8123", "is no address"),
        ("http://", "is no address"),
        ("clickhouse://127.0.0.1:9000", "is no address"),
        ("http://127.0.0.1:81230", "has a host or port that cannot be"),
    ],
)
def test_an_address_of_clickhouse_is_used_whole_or_refused(
    url: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_CLICKHOUSE__URL", url)
    with pytest.raises(ConfigError, match=f"EARSHOT_CLICKHOUSE: url {fault}") as caught:
        load_settings()
    assert "hush" not in str(caught.value)


def test_an_address_of_clickhouse_may_have_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_CLICKHOUSE__URL", "http://gateway.example/clickhouse")
    assert load_settings().clickhouse.url == "http://gateway.example/clickhouse"
