from pathlib import Path

from local.broker_files import BrokerPlan, format_command, properties, run_command

PLAN = BrokerPlan(Path("/data/kafka"), 19092, 19093, Path("/jdk/bin/java"), (Path("/jars/a.jar"), Path("/jars/b.jar")))


def as_dict(text: str) -> dict[str, str]:
    lines = [line.split("=", 1) for line in text.splitlines()]
    assert len({name for name, _ in lines}) == len(lines), "a property stands twice"
    return {name: value for name, value in lines}


def test_one_node_on_the_loopback_address():
    said = as_dict(properties(PLAN))
    assert said["listeners"] == "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"
    assert said["controller.quorum.voters"] == "1@127.0.0.1:19093"
    assert said["log.dirs"] == "/data/kafka/log"


def test_what_the_pipeline_relies_on():
    said = as_dict(properties(PLAN))
    assert int(said["message.max.bytes"]) >= 2_000_000
    assert said["auto.create.topics.enable"] == "false"
    assert said["broker.session.timeout.ms"] == "3000"
    assert said["group.min.session.timeout.ms"] == "1000"
    assert all(value == "1" for name, value in said.items() if name.endswith("replication.factor"))


def test_commands_name_every_jar_in_order():
    for command in (run_command(PLAN, ("-XX:Flag",)), format_command(PLAN, "id")):
        assert command[0] == "/jdk/bin/java"
        assert command[command.index("-cp") + 1] == "/jars/a.jar:/jars/b.jar"
    assert run_command(PLAN, ("-XX:Flag",))[-2:] == ["kafka.Kafka", "/data/kafka/server.properties"]
    assert "-XX:Flag" in run_command(PLAN, ("-XX:Flag",))
