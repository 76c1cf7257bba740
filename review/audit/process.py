"""The auditor as a process."""

import os

from review.audit.follower import STAGE, Follower
from runtime.kafka import Reader
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.process import STAGE_STOPS_WITHIN_S, running
from runtime.settings import Settings

BROKER_TIMEOUT_S = 120.0
NICENESS = 10
"""It has time: stages and captures go first."""


def run(settings: Settings) -> None:
    """Audits every session that ends, until SIGTERM. One is enough; sessions from before its first start are not its.

    Raises Unavailable where no broker answers.
    """
    os.nice(NICENESS)
    with running(STAGE, settings, stops_within_s=STAGE_STOPS_WITHIN_S, needs_broker=True) as process:
        wait_for_broker(settings.kafka, BROKER_TIMEOUT_S, process.goes_on)
        process.started(lambda: Admin(settings.kafka).ensure_topics())
        follower = Follower(settings, process)
        with Reader(settings.kafka, follower.reads()) as reader:
            follower.run(reader)
