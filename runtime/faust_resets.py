"""Offsets that are not in the log, in a Faust stage: aiokafka goes to the log's start in silence, and Faust then drops
what comes below the offset that it had read. So they are looked at before anything is read, and while it runs.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka.errors import KafkaError
from faust.types import TP

from runtime.errors import Unavailable
from runtime.kafka.losses import Bounds, Losses, loss_of
from runtime.kafka.offsets import bounds_of
from runtime.settings import KafkaSettings
from schemas.events import MADE_ANEW, LostRecords
from schemas.topics import PASSING

log = logging.getLogger(__name__)
ANSWER_WITHIN_S = 10.0
SETTLED_AFTER_S = 2.0
RESTART_EXIT_CODE = 75
OUT_OF_RANGE = "Fetch offset %s is out of range for partition %s"
FETCHER_LOGGER = "aiokafka.consumer.fetcher"


class FaustResets:
    """Tells the losses of one stage, and sees to it that it reads on where there is something."""

    def __init__(self, kafka: KafkaSettings, stage: str) -> None:
        self._kafka = kafka
        self._losses = Losses(kafka, stage)
        self._mended: dict[TP, int | None] = {}
        self._known: dict[TP, int] = {}

    async def mended(self, consumer: Any, committed: Mapping[TP, int | None]) -> dict[TP, int | None]:
        """The offsets to go on at, given those that the group has committed: the log's start for those not in the log.

        A group that has committed nothing yet commits where it begins: what expires after that is then missed. Where
        the broker does not answer, the offsets are left as they are.
        """
        if not committed:
            return {}
        committed = {TP(*tp): offset for tp, offset in committed.items()}
        try:
            bounds = await asyncio.wait_for(_bounds(consumer, list(committed)), ANSWER_WITHIN_S)
        except (KafkaError, TimeoutError) as error:
            log.warning("whether its offsets are in the log is not known: %s", error)
            return committed
        starts: dict[TP, int] = {}
        losses = []
        for tp, offset in committed.items():
            loss = self._loss_of(tp, offset, bounds[tp])
            if offset is None or not bounds[tp].low <= offset <= bounds[tp].high:
                self._mended[tp] = offset
                starts[tp] = bounds[tp].low
            if loss is not None:
                losses.append(loss)
        offsets = {tp: starts.get(tp, offset) for tp, offset in committed.items()}
        # all of them: aiokafka does not go back to a committed 0, and what Faust had in hand would be passed over
        try:
            await consumer.seek_wait({tp: offset for tp, offset in offsets.items() if offset is not None})
            if starts:
                await consumer._commit(starts)
        except (KafkaError, TimeoutError) as error:  # given up meanwhile: who gets them looks for himself
            log.info("partitions are not this process's any more: %s", error)
            return committed
        if losses:
            await asyncio.to_thread(self._losses.tell, losses)
        self.note_committed({tp: offset for tp, offset in offsets.items() if offset is not None})
        return offsets

    def note_committed(self, offsets: Mapping[TP, int]) -> None:
        """What the group has committed now."""
        self._known.update(offsets)

    def _loss_of(self, tp: TP, offset: int | None, bounds: Bounds) -> LostRecords | None:
        if offset is None and self._known.get(tp) and tp.topic not in PASSING:  # the broker forgets it with the topic
            return LostRecords(self._losses.stage, *tp, self._known[tp], 0, MADE_ANEW)
        return loss_of(self._losses.stage, tp, offset, bounds)

    def watch(self) -> None:
        """Looks from now on at what aiokafka says of offsets out of range; it says it in its log alone."""
        logger = logging.getLogger(FETCHER_LOGGER)
        logger.setLevel(logging.INFO)
        logger.addFilter(_OutOfRange(self._on_out_of_range))

    def _on_out_of_range(self, tp: TP, offset: int) -> None:
        threading.Thread(target=self._look, args=(TP(tp.topic, tp.partition), offset), daemon=True).start()

    def _look(self, tp: TP, offset: int) -> None:
        """In a thread of its own: an offset of the start is seen to by `mended`, which may not have come to it yet."""
        time.sleep(SETTLED_AFTER_S)
        if self._mended.get(tp, -1) == offset:
            return
        try:
            bounds = bounds_of(self._kafka, tp)
        except Unavailable as error:
            log.warning("offset %d of %s[%d] is not in the log, and its bounds are not known: %s", offset, *tp, error)
            return
        if offset < bounds.low:
            loss = loss_of(self._losses.stage, tp, offset, bounds)
            self._losses.tell([loss] if loss is not None else [])
            return
        self._losses.tell([LostRecords(self._losses.stage, *tp, offset, 0, MADE_ANEW)])
        log.critical("%s[%d] was made anew: ending the process to be started again, at its start", *tp)
        logging.shutdown()
        os._exit(RESTART_EXIT_CODE)


class _OutOfRange(logging.Filter):
    def __init__(self, tell: Callable[[TP, int], None]) -> None:
        super().__init__()
        self._tell = tell

    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith(OUT_OF_RANGE) or not isinstance(record.args, tuple):
            return True
        offset, tp = record.args
        self._tell(tp, int(str(offset)))  # type: ignore[arg-type]
        return False


async def _bounds(consumer: Any, tps: list[TP]) -> dict[TP, Bounds]:
    lows = await consumer.earliest_offsets(*tps)
    highs = await consumer.highwaters(*tps)
    return {tp: Bounds(int(lows[tp]), int(highs[tp])) for tp in tps}
