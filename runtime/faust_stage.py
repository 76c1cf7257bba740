"""A Faust stage that loses nothing: the mechanics around a pure step.

Faust's own acknowledgements commit past records that were never worked on (its issues 606 and 707), so its topics are
opened with `acks=False` and the stage commits by itself: per partition, the first offset that is still needed, only
for the current generation, on a timer, on revoke and on stop, and only after the outputs were delivered.

What of Faust itself is bent for that is in `faust_app`.
"""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka.errors import KafkaError
from faust.types import TP

from runtime.deliveries import Deliveries, Worked, note_lost
from runtime.errors import Fenced
from runtime.faust_app import StageWorker, build_app
from runtime.kafka.partitioning import partition_of
from runtime.process import Process, exit_after_a_crash
from runtime.record import Record
from runtime.settings import KafkaSettings
from runtime.stage import Output, StageOptions, Step, group_of

log = logging.getLogger(__name__)

COMMIT_INTERVAL_S = 1.0
LAST_DELIVERIES_S = 1.0
LOG_START_S = 10.0
MOST_ON_THEIR_WAY = 64
GARBAGE_AFTER = 50_000


def run_stage(kafka: KafkaSettings, options: StageOptions, step: Step, process: Process) -> None:
    """Runs the stage until SIGTERM. Raises SystemExit where it has crashed, Fenced where another has its name."""
    options.data_dir.mkdir(parents=True, exist_ok=True)
    app = build_app(kafka, options)
    worker = StageWorker(app, loglevel="info", override_logging=False, redirect_stdouts=False, quiet=True)
    stage = _Stage(app, options, step, process)
    stage.partitions = kafka.partitions
    stage.leave = worker.leave
    worker.told = process
    worker.spinner = None  # it writes escape codes into logs
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)  # a record makes hundreds of objects and hardly a cycle: looking for them cost 10 %
    try:
        worker.execute_from_commandline()
    except SystemExit as end:  # Faust's way to return
        if stage.is_replaced:
            raise Fenced(_replaced(kafka, options.name)) from None
        if end.code:
            raise


def _replaced(kafka: KafkaSettings, name: str) -> str:
    return (
        f"{group_of(kafka, name)} at {kafka.bootstrap}, member {kafka.member}: another process runs under the same "
        "name: give each its own EARSHOT_KAFKA__MEMBER"
    )


class _Stage:
    """Binds a step to a Faust app: one agent, one commit timer.

    The next records are worked on while the outputs of earlier ones are delivered; an offset counts as needed until
    the outputs of its record, and of all records before it, have been acknowledged.
    """

    def __init__(self, app: Any, options: StageOptions, step: Step, process: Process) -> None:
        self._app = app
        self._step = step
        self._process = process
        self._generations: dict[TP, int] = {}
        self._needed: dict[TP, tuple[int, int]] = {}
        self._worked: dict[TP, int] = {}
        self._taken: set[TP] = set()
        self._deliveries = Deliveries(self._note)
        self._has_crashed = False
        self.leave: Callable[[], None] = lambda: None
        """Ends the worker in order."""
        self.partitions = 1
        """Of every topic that it writes to."""
        self.is_replaced = False
        """Whether it was ended because another process took its name."""
        raw: dict[str, Any] = {
            "key_type": bytes,
            "value_type": bytes,
            "key_serializer": "raw",
            "value_serializer": "raw",
        }
        source = app.topic(*options.inputs, acks=False, **raw)
        app.agent(source, name=f"{options.name}.agent")(self._work)
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_before_shutdown.connect(self._on_stop)
        app.timer(COMMIT_INTERVAL_S)(self._tick)

    async def _work(self, stream: Any) -> None:
        try:
            async for event in stream.noack().events():
                await self._handle(event)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # else Faust's supervisor restarts the agent and skips the record
            await self._crash(error)
            raise

    async def _crash(self, error: BaseException) -> None:
        self._has_crashed = True
        log.critical("cannot go on after a failure", exc_info=error)
        exit_after_a_crash()
        await self._app.crash(error)

    async def _handle(self, event: Any) -> None:
        if self._has_crashed:
            return  # Faust starts the agent again while the process ends: what it still hands out lies past the failure
        message = event.message
        is_first = False
        if self._generations.get(message.tp) != message.generation_id:
            self._step.forget((message.tp.topic, message.tp.partition))  # rewound to the committed offset
            self._generations[message.tp] = message.generation_id
            is_first = message.offset <= await self._log_start(message.tp)
        self._taken.add(message.tp)
        result = self._step.step(_record_of(message, event.value, is_first))
        sent = await self._send(result.outputs)
        self._deliveries.add(Worked(message.tp, message.generation_id, message.offset, result.needed_offset), sent)
        await self._deliveries.settle(MOST_ON_THEIR_WAY)

    async def _log_start(self, tp: TP) -> int:
        """The first offset that the log holds; −1 where the broker does not say."""
        try:
            starts = await asyncio.wait_for(self._app.consumer.earliest_offsets(tp), LOG_START_S)
        except (KafkaError, TimeoutError) as error:
            log.warning("where the log of %s[%d] begins is not known: %s", *tp, error)
            return -1
        return int(starts[tp])

    def _note(self, done: Worked) -> None:
        if done.generation == self._app.consumer_generation_id:
            self._needed[done.tp] = (done.generation, done.needed_offset)
            self._worked[done.tp] = done.offset
        self._process.progress.done()

    async def _send(self, outputs: Sequence[Output]) -> Sequence[Any]:
        awaited: list[Any] = []
        for output in outputs:
            partition = partition_of(output.key, self.partitions)
            future: Any = await self._app.producer.send(output.topic, output.key, output.value, partition, None, None)
            if output.awaited:
                awaited.append(future)
            else:
                future.add_done_callback(note_lost)
        return awaited

    async def _commit(self) -> None:
        generation = self._app.consumer_generation_id
        pending, self._needed = self._needed, {}
        offsets = {tp: needed for tp, (made_in, needed) in pending.items() if made_in == generation}
        if offsets and not await self._app.consumer._commit(offsets):
            self._needed = {**pending, **self._needed}
            return
        self._app.resets.note_committed(offsets)

    async def _tick(self) -> None:
        self._process.progress.beat()
        if self._app.member_name.is_taken and not self.is_replaced:
            self.is_replaced = True
            exit_after_a_crash(Fenced.exit_code)
            self.leave()
            return
        try:
            await self._deliveries.settle(MOST_ON_THEIR_WAY)
        except BaseException as error:
            await self._crash(error)
            raise
        self._process.progress.waiting(await self._lag())
        await self._commit()

    async def _lag(self) -> int:
        return sum([await self._lag_of(tp) for tp in self._app.consumer.assignment()])

    async def _lag_of(self, tp: TP) -> int:
        consumer: Any = self._app.consumer
        fetched, end = consumer._read_offset.get(tp), consumer.highwater(tp)
        if fetched is None or end is None:
            return 0
        worked = self._worked.get(tp, fetched - 1)
        is_idle = tp not in self._taken or worked >= fetched
        if is_idle and end > worked + 1 and await consumer.position(tp) >= end:
            return 0  # what lies between are the markers of transactions
        lag: int = max(0, end - worked - 1)
        return lag

    async def _on_revoked(self, app: Any, tps: Any, **options: Any) -> None:
        await self._commit_the_last()
        for tp in list(self._generations):
            self._step.forget((tp.topic, tp.partition))
        self._generations.clear()
        self._worked.clear()
        self._taken.clear()

    async def _on_stop(self, app: Any, **options: Any) -> None:
        await self._commit_the_last()

    async def _commit_the_last(self) -> None:
        """Commits before the partitions go, having waited a little for what is on its way."""
        with contextlib.suppress(asyncio.TimeoutError, KafkaError):  # what was not delivered is read again
            await asyncio.wait_for(self._deliveries.settle(), LAST_DELIVERIES_S)
        await self._commit()


def _record_of(message: Any, value: bytes | None, is_first_in_log: bool = False) -> Record:
    timestamp_us = int(message.timestamp * 1_000_000) if message.timestamp else 0
    headers = tuple(message.headers.items() if isinstance(message.headers, dict) else message.headers or ())
    return Record(
        message.tp.topic,
        message.tp.partition,
        message.offset,
        message.key,
        value,
        timestamp_us,
        headers,
        is_first_in_log,
    )
