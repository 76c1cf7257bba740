"""Draining a backlog: the transcriber against bare faster-whisper on the same windows, model, core and options.

    python -m bench.drain [--repeat N] [--model PATH]

The exercise is published N times at once and cut into windows by the real segmenter. Then three decoders work through
the same windows, one after the other, each in a process of its own bound to the same core: the transcriber (reading
Kafka, writing transactions), faster-whisper's batched pipeline, and faster-whisper one window at a time. All decode
with the same beam, with word times, and detect the language of each window.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.rig import Rig
from demo.live.rehearsal import exercise_files
from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.codec import decode
from schemas.events import Transcript
from schemas.topics import CHANNELS, TRANSCRIPTS

CORE = 0
PEERS = {"batched": "faster-whisper, batched", "single": "faster-whisper, one at a time"}


@dataclass(frozen=True, slots=True)
class Drained:
    """One decoder's result."""

    name: str
    windows: int
    audio_s: float
    busy_s: float
    """From the first batch done to the last text written; loading the model does not count."""

    @property
    def speed(self) -> float:
        """Seconds of speech decoded in one second."""
        return self.audio_s / self.busy_s


def main() -> None:
    """Measures and prints the table; writes bench/out/drain.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=4, help="how often the exercise is published")
    parser.add_argument("--model", default="models/demo")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="earshot-drain-") as folder:
        with Rig.below(Path(folder)) as rig:
            for number in range(options.repeat):
                rig.publish(f"drain-{number}", exercise_files(), CHANNELS)
            rig.segment()
            rig.transcribe(options.model, CORE)
            ours = _drained(rig)
            saved = _save_windows(rig, Path(folder) / "windows.npz")
        results = [ours, *(_peer(mode, saved, options.model) for mode in PEERS)]
    _report(results)


def _drained(rig: Rig) -> Drained:
    """The transcriber's result. The first batch's windows count neither as work nor as time: while they wait, the
    model loads and the group forms."""
    lengths_s = {window.window_id: len(window.pcm) / SAMPLE_BYTES / SAMPLE_RATE_HZ for window in rig.windows()}
    records = rig.records(TRANSCRIPTS.name)
    first_us, last_us = records[0].timestamp_us, records[-1].timestamp_us
    timed = [decode(Transcript, record.value) for record in records if record.timestamp_us > first_us]
    audio_s = sum(lengths_s[transcript.window_id] for transcript in timed)
    return Drained("earshot transcriber", len(timed), audio_s, (last_us - first_us) / 1e6)


def _save_windows(rig: Rig, path: Path) -> Path:
    """Writes the PCM of every window for the peers, which know no Kafka."""
    arrays = {f"w{number:05d}": np.frombuffer(w.pcm, np.int16) for number, w in enumerate(rig.windows())}
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def _peer(mode: str, windows: Path, model: str) -> Drained:
    def bind() -> None:
        os.sched_setaffinity(0, {CORE})

    command = [sys.executable, "-m", "bench.peer", mode, str(windows), model]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, preexec_fn=bind)
    said = json.loads(done.stdout.splitlines()[-1])
    return Drained(PEERS[mode], said["windows"], said["audio_s"], said["busy_s"])


def _report(results: list[Drained]) -> None:
    ours = results[0]
    table = Table("decoder", "windows", "speech", "time", "× real time", "earshot is faster by")
    for result in results:
        table.add_row(
            result.name,
            str(result.windows),
            f"{result.audio_s:.0f} s",
            f"{result.busy_s:.1f} s",
            f"{result.speed:.1f}",
            "" if result is ours else f"× {ours.speed / result.speed:.2f}",
        )
    Console().print(table)
    out = Path("bench/out")
    out.mkdir(parents=True, exist_ok=True)
    (out / "drain.json").write_text(json.dumps([asdict(result) for result in results], indent=1))


if __name__ == "__main__":
    main()
