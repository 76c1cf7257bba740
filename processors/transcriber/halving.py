"""A batch that fails is decoded in smaller ones: in halves where memory does not suffice, else one by one."""

import logging
from collections.abc import Sequence
from typing import Protocol

from prometheus_client import Counter

from processors.transcriber.decoding import Attempt
from processors.transcriber.heard import Heard
from processors.transcriber.hotwords import Hotwords
from processors.transcriber.sound import Sound
from runtime.errors import DecodeFailed, OutOfMemory
from schemas.events import Provenance

log = logging.getLogger(__name__)
FAILURES_IN_A_ROW = 5

HALVED = Counter("earshot_transcriber_batches_halved", "Batches that did not fit the device's memory")
FAILED = Counter("earshot_transcriber_decode_failures", "Calls of the model that failed")


class Engine(Protocol):
    """What decodes sound: the seam between scheduling and a model."""

    model_name: str
    provenance: Provenance
    """What it decodes by and on."""

    def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
        """What was heard of each sound. Raises OutOfMemory or DecodeFailed."""


class HalvingEngine:
    """An engine that answers for each sound by itself: heard, or failed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._failures = 0

    def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard | DecodeFailed]:
        """What was heard of each sound, or why it cannot be. Raises DecodeFailed where only a restart can mend it."""
        if not sounds:
            return []
        try:
            heard: list[Heard | DecodeFailed] = list(self._engine.decode(sounds, attempt, hotwords))
        except DecodeFailed as error:
            parts = self._parts_after(error, len(sounds))
            if not parts:
                return [error]
            return [
                one
                for first, last in zip((0, *parts), (*parts, len(sounds)), strict=True)
                for one in self.decode(sounds[first:last], attempt, hotwords)
            ]
        self._failures = 0
        return heard

    def _parts_after(self, error: DecodeFailed, sounds: int) -> tuple[int, ...]:
        """Where to cut a batch that failed; nowhere if it was one window. Raises what only a restart can mend."""
        FAILED.inc()
        if isinstance(error, OutOfMemory) and sounds > 1:
            HALVED.inc()
            log.warning("%s; trying halves", error)
            return (sounds // 2,)
        self._failures += 1
        if _is_device_fault(error) or self._failures >= FAILURES_IN_A_ROW:
            raise error
        log.warning("%s (failure %d of %d in a row)", error, self._failures, FAILURES_IN_A_ROW)
        return tuple(range(1, sounds))


def _is_device_fault(error: DecodeFailed) -> bool:
    """Whether the device is in a state that only a new process gets out of."""
    message = str(error).lower()
    return any(name in message for name in ("cuda", "cublas", "cudnn"))
