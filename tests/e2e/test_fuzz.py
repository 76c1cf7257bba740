"""Bad messages of every kind on every topic, with good ones between them, on the whole pipeline as real processes."""

import pytest

from bench.fuzz.calm import play_calmly
from bench.fuzz.campaign import Campaign
from bench.fuzz.pulse import Pulse
from local.stack import Stack, StackOptions
from runtime.settings import KafkaSettings, Settings
from tests.support.broker import local_settings

SEED = 7
MESSAGES = 150  # on each topic; the first are one of each kind, the others by chance
SECONDS = 8.0

pytestmark = pytest.mark.timeout(400)


def test_no_process_dies_no_bad_message_is_lost_and_every_good_one_arrives(tmp_path_factory) -> None:
    local = local_settings(tmp_path_factory.mktemp("fuzz"))
    settings = Settings(local=local, kafka=KafkaSettings(bootstrap=f"127.0.0.1:{local.kafka_port}"))
    with Stack(settings, StackOptions()) as stack:
        stack.start()
        calm = play_calmly(settings, SECONDS)
        pulse = Pulse(stack)
        faults = [fault for outcome in Campaign(stack, calm, SEED, MESSAGES).storms() for fault in outcome.faults]
        assert [*faults, *pulse.faults()] == []
