"""A Faust stage as a process, for tests of the mechanics: `python -m tests.support.echo_stage FOLDER TOPIC HOLD FAIL`.

It copies the records of TOPIC to TOPIC.echo; from offset HOLD on it says that HOLD is still needed, and at offset FAIL
it raises.
"""

import sys
from pathlib import Path

from runtime.faust_stage import run_stage
from runtime.process import running
from runtime.record import Record
from runtime.settings import load_settings
from runtime.stage import Output, Partition, StageOptions, StepResult


def echo_of(topic: str) -> str:
    """Where the copies go."""
    return f"{topic}.echo"


class Echo:
    def __init__(self, topic: str, hold_offset: int, fail_offset: int) -> None:
        self._output = echo_of(topic)
        self._hold_offset = hold_offset
        self._fail_offset = fail_offset

    def step(self, record: Record) -> StepResult:
        if record.offset == self._fail_offset:
            raise RuntimeError("planted")
        outputs = [Output(self._output, record.key or b"", record.value or b"")]
        return StepResult(outputs, min(record.offset + 1, self._hold_offset))

    def forget(self, partition: Partition) -> None:
        pass


def main() -> None:
    folder, topic, hold, fail = sys.argv[1:]
    settings = load_settings()
    with running("echo", settings, needs_broker=True) as process:
        options = StageOptions("echo", (topic,), Path(folder))
        run_stage(settings.kafka, options, Echo(topic, int(hold), int(fail)), process)


if __name__ == "__main__":
    main()
