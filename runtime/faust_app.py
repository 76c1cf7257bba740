"""Faust as the stages need it: read_committed, an idempotent producer, and a member name that is not shared.

Only this file and `faust_stage` import faust. faust-streaming and aiokafka are pinned exactly: what is set here goes
through their internals.
"""

import asyncio
import logging
import signal
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver
from mode.services import WaitResults

from runtime.faust_resets import FaustResets
from runtime.first_step import FirstStep
from runtime.kafka.security import ssl_context
from runtime.member_name import MemberName
from runtime.process import Process
from runtime.settings import KafkaSettings
from runtime.stage import Gathering, StageOptions, group_of

log = logging.getLogger(__name__)
faust_log = logging.getLogger("faust.stage")
"""Faust logs under the module of its subclass: this keeps its chatter apart from our lines."""

HEARTBEAT_S = 2.0
METADATA_MAX_AGE_MS = 10_000
PRODUCER_TIMEOUT_S = 86_400.0
"""How long a record may be on its way: an outage is waited for, and a hang is the watchdog's."""


def build_app(kafka: KafkaSettings, options: StageOptions) -> "StageApp":
    """A Faust app of the stage's group and member; nothing is connected yet."""
    group = group_of(kafka, options.name)
    app = StageApp(
        group,
        broker=[f"kafka://{address.strip()}" for address in kafka.bootstrap.split(",")],
        broker_credentials=_credentials_of(kafka),
        datadir=str(options.data_dir / options.name),
        topic_disable_leader=True,
        web_enabled=False,
        stream_wait_empty=False,
        table_standby_replicas=0,
        broker_session_timeout=kafka.session_timeout_ms / 1000,
        broker_heartbeat_interval=min(HEARTBEAT_S, kafka.session_timeout_ms / 3000),
        consumer_group_instance_id=f"{group}.{kafka.member}",
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        consumer_auto_offset_reset="earliest",
        producer_request_timeout=PRODUCER_TIMEOUT_S,
        producer_linger=0,
    )
    app.gathering = options.gathering
    app.member_name = MemberName(kafka.session_timeout_ms / 1000)
    app.resets = FaustResets(kafka, options.name)
    return app


def _credentials_of(kafka: KafkaSettings) -> Any:
    context = ssl_context(kafka)
    if kafka.has_login:
        return faust.SASLCredentials(
            mechanism=kafka.sasl_mechanism,
            username=kafka.username,
            password=kafka.password.get_secret_value(),
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None


class _ReadCommittedThread(driver.AIOKafkaConsumerThread):
    logger = faust_log

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        app: Any = self.app
        gathering: Gathering = app.gathering
        consumer._isolation_level = "read_committed"  # these are read once, when the consumer starts
        consumer._fetch_min_bytes = gathering.bytes
        consumer._fetch_max_wait_ms = gathering.wait_ms
        consumer._max_partition_fetch_bytes = gathering.partition_bytes
        return consumer

    async def on_start(self) -> None:
        await super().on_start()
        app: Any = self.app
        app.resets.watch()
        app.member_name.guard(self._ensure_consumer()._coordinator)  # before Faust subscribes, and so before it joins

    async def on_thread_stop(self) -> None:
        try:
            await super().on_thread_stop()
        except asyncio.CancelledError:  # aiokafka cancels its own fetches, and falls over one that waits for a broker
            log.info("the broker is away: its consumer is left as it is")


class _ReadCommittedConsumer(driver.Consumer):
    logger = faust_log

    def _new_consumer_thread(self) -> Any:
        return _ReadCommittedThread(self, loop=self.loop, beacon=self.beacon)

    async def seek_to_committed(self) -> Any:
        """Goes on where the group has committed, if that is in the log."""
        app: Any = self.app
        return await app.resets.mended(self, await super().seek_to_committed())

    async def wait_first(self, *coros: Any, timeout: Any = None) -> Any:  # noqa: ASYNC109 - it is overridden
        """Faust makes four tasks to hand over each record, in case that blocks; nearly always it does not."""
        first, *others = coros
        if not asyncio.iscoroutine(first) or self.should_stop:
            return await super().wait_first(*coros, timeout=timeout)
        step = FirstStep(first)
        if not step.has_ended:
            return await super().wait_first(step, *others, timeout=timeout)
        for other in others:
            other.close()
        return WaitResults([first], [step.result], False)


class _IdempotentProducer(driver.Producer):
    logger = faust_log

    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class _Transport(driver.Transport):
    Consumer = _ReadCommittedConsumer
    Producer = _IdempotentProducer


class StageApp(faust.App):
    """The app of a stage; `build_app` makes it."""

    logger = faust_log
    gathering = Gathering()
    member_name: MemberName
    resets: FaustResets

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Any:
        return _Transport(self.conf.broker_producer, self)


class StageWorker(faust.Worker):
    """Runs an app until its process is told to stop."""

    logger = faust_log

    told: Process

    def install_signal_handlers(self) -> None:
        """From now on the loop takes the signals that `running` took so far."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(number, self._on_told, number)
        if self.told.stop.is_set():
            self._schedule_shutdown(signal.SIGTERM)

    def leave(self) -> None:
        """Ends it as SIGTERM would."""
        self._schedule_shutdown(signal.SIGTERM)

    def _on_told(self, number: signal.Signals) -> None:
        self.told.finish(number.name)  # a stop hangs for ever while the broker is away: it is cut off
        self._schedule_shutdown(number)
