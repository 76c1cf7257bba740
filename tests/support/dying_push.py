"""`earshot glossary push`, dying by SIGKILL in the middle: `python -m tests.support.dying_push FILE RECORDS`."""

import os
import signal
import sys
from pathlib import Path

from processors.glossary import push
from processors.glossary.terms_file import load_terms
from runtime.kafka.transaction import TransactionalWriter
from runtime.settings import load_settings
from schemas.glossary.table import glossary_of


class DyingWriter(TransactionalWriter):
    left = int(sys.argv[2])

    def _produce(self, output) -> None:
        super()._produce(output)
        self.left -= 1
        if not self.left:
            self._producer.flush(30)  # all of it lies on the broker
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    push.TransactionalWriter = DyingWriter  # type: ignore[misc]
    push.push(load_settings().kafka, glossary_of(load_terms(Path(sys.argv[1]))))


main()
