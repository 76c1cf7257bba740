from local.roster import effective, member_of, services_of
from runtime.settings import KafkaSettings, LocalSettings, Settings


def test_services_in_order_with_ports_of_their_own():
    services = services_of(effective(Settings()))
    assert [service.name for service in services] == [
        "kafka",
        "clickhouse",
        "segmenter",
        "transcriber",
        "glossary",
        "sink",
        "auditor",
    ]
    assert [service.ops_port for service in services] == list(range(9400, 9407))
    assert services[2].command[1:] == ("-m", "earshot", "run", "segmenter")
    assert services[2].environment["EARSHOT_OPS__PORT"] == "9402"
    assert "PATH" in services[2].environment


def test_copies_have_members_of_their_own():
    services = services_of(Settings(local=LocalSettings(transcribers=2)), stages=("transcriber", "sink"))
    members = {service.name: service.environment.get("EARSHOT_KAFKA__MEMBER", "1") for service in services}
    assert members == {"kafka": "1", "clickhouse": "1", "transcriber-1": "1", "transcriber-2": "2", "sink": "1"}


def test_what_is_not_local_is_not_started_and_keeps_its_address():
    settings = effective(
        Settings(local=LocalSettings(kafka=False, clickhouse_port=8200), kafka=KafkaSettings(bootstrap="broker:9092"))
    )
    assert settings.kafka.bootstrap == "broker:9092"
    assert settings.clickhouse.url == "http://127.0.0.1:8200"
    assert [service.name for service in services_of(settings, stages=("sink",))] == ["clickhouse", "sink"]


def test_local_broker_is_found_at_its_port():
    assert effective(Settings(local=LocalSettings(kafka_port=20001))).kafka.bootstrap == "127.0.0.1:20001"


def test_a_member_that_joins_has_name_member_and_port_of_its_own():
    service = member_of(effective(Settings()), "segmenter", 2, 9406)
    assert (service.name, service.ops_port) == ("segmenter-2", 9406)
    assert service.environment["EARSHOT_KAFKA__MEMBER"] == "2"
    assert service.environment["EARSHOT_OPS__PORT"] == "9406"
    assert service.command[1:] == ("-m", "earshot", "run", "segmenter")
