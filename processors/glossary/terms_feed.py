"""The glossary kept hot for a stage whose loop is not ours: followed in a thread of its own."""

import logging
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from runtime.errors import Unavailable
from runtime.glossary_feed import GlossaryFeed
from runtime.settings import KafkaSettings
from schemas.glossary.table import Glossary

log = logging.getLogger(__name__)
POLL_S = 0.1
RETRY_S = 1.0
LOST_EXIT_CODE = 70
STAGE = "glossary"


class TermsFeed:
    """Calls `on_change` with the glossary that is in force, at the start and after each change."""

    def __init__(self, kafka: KafkaSettings, on_change: Callable[[Glossary], None]) -> None:
        self._on_change = on_change
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="terms", daemon=True)
        self._feed = GlossaryFeed(kafka, STAGE)

    def start(self) -> None:
        """Reads what is on the topic now, hands it over, and goes on in the background. Raises Unavailable."""
        self._on_change(self._feed.catch_up())
        self._thread.start()

    def close(self) -> None:
        """Ends the thread and the consumer."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._feed.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as error:  # a stage must not go on with terms that no longer change
            log.critical("the glossary cannot be followed any more", exc_info=error)
            os._exit(LOST_EXIT_CODE)
            raise

    def _follow(self) -> None:
        while not self._stopped.is_set():
            glossary = self._changed()
            if glossary is not None:
                self._on_change(glossary)

    def _changed(self) -> Glossary | None:
        try:
            return self._feed.changed(POLL_S)
        except Unavailable as error:
            log.warning("%s", error)
            self._stopped.wait(RETRY_S)
            return None
