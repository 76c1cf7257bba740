"""A Faust stage as a process, for tests of the mechanics: `python -m tests.support.echo_stage FOLDER HOLD FAIL`.

It copies records to `speech.windows`; from offset HOLD on it says that HOLD is still needed, and at offset FAIL it
raises.
"""

import sys
from pathlib import Path

from runtime.faust_stage import run_stage
from runtime.process import running
from runtime.record import Record
from runtime.settings import load_settings
from runtime.stage import Output, Partition, StageOptions, StepResult
from schemas.topics import WINDOWS, audio_topic


class Echo:
    def __init__(self, hold_offset: int, fail_offset: int) -> None:
        self._hold_offset = hold_offset
        self._fail_offset = fail_offset

    def step(self, record: Record) -> StepResult:
        if record.offset == self._fail_offset:
            raise RuntimeError("planted")
        outputs = [Output(WINDOWS.name, record.key or b"", record.value or b"")]
        return StepResult(outputs, min(record.offset + 1, self._hold_offset))

    def forget(self, partition: Partition) -> None:
        pass


def main() -> None:
    folder, hold, fail = sys.argv[1:]
    settings = load_settings()
    with running("echo", settings, needs_broker=True) as process:
        options = StageOptions("echo", (audio_topic("C16"),), Path(folder))
        run_stage(settings.kafka, options, Echo(int(hold), int(fail)), process)


main()
