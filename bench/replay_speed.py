"""How fast recorded sound goes through VAD and windowing again: one channel, and sixteen.

    python -m bench.replay_speed [--minutes 20] [--core 1]

The exercise is put on the audio topics over and over, as one long stream for each channel. Then a segmenter, bound to
one core, works through that backlog: first one channel's, then all sixteen's, each on a broker of its own. Measured is
the time between its own count of the first frames and of the last one; its start is told apart. Beside the speed by
the clock stands that by processor time, which other work on the machine does not change as much.
Prints a table and writes bench/out/replay_speed.json; exits 1 below the limits.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from bench.rig import Rig
from demo.live.rehearsal import exercise_files
from local.child import ChildOptions, kill_child, start_child, stop_child
from local.ports import free_port
from runtime.kafka import Writer, WriterOptions
from runtime.settings import LogSettings, OpsSettings, Settings, child_environment
from schemas.audio import FRAME_SAMPLES, SAMPLE_BYTES, SAMPLE_RATE_HZ, captured_at_of
from schemas.codec import decode, encode
from schemas.events import AudioFrame
from schemas.topics import CHANNELS, audio_topic

LIMITS = {1: 150.0, 16: 10.0}
"""Times real time, of each channel, on one core."""
SESSION = "replay-speed"
POLL_S = 0.1
PATIENCE_S = 600.0
STOP_WITHIN_S = 15.0
FAILED_EXIT_CODE = 1


@dataclass(frozen=True, slots=True)
class Look:
    """The segmenter at one moment."""

    at_s: float
    cpu_s: float
    frames: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How a backlog was worked through."""

    channels: int
    audio_s: float
    """Of each channel, between the two looks."""
    wall_s: float
    cpu_s: float
    start_s: float
    """From the start of the process to its first frames."""
    windows: int

    @property
    def by_the_clock(self) -> float:
        """Times real time, of each channel."""
        return self.audio_s / self.wall_s

    @property
    def by_processor_time(self) -> float:
        """The same if the core had nothing else to do."""
        return self.audio_s / self.cpu_s


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0, help="of sound, in all channels together")
    parser.add_argument("--core", type=int, default=(os.cpu_count() or 1) - 1)
    options = parser.parse_args()
    speeds = [_measured(CHANNELS[:count], options.minutes * 60 / count, options.core) for count in LIMITS]
    _report(speeds)
    sys.exit(FAILED_EXIT_CODE if any(speed.by_the_clock < LIMITS[speed.channels] for speed in speeds) else 0)


def _measured(channels: Sequence[str], seconds: float, core: int) -> Speed:
    with tempfile.TemporaryDirectory(prefix="earshot-replay-") as folder, Rig.below(Path(folder)) as rig:
        files = [path for path in exercise_files() if path.stem in channels]
        rig.publish("short", files, channels)
        short = {channel: [record.value for record in rig.records(audio_topic(channel))] for channel in channels}
        wanted = sum(map(len, short.values()))
        with Writer(rig.kafka, WriterOptions("replay-speed")) as writer:
            for channel, values in short.items():
                for frame in _repeated([decode(AudioFrame, value) for value in values], seconds):
                    writer.send(audio_topic(channel), SESSION.encode(), encode(frame))
                    wanted += 1
        looks, start_s = _worked_through(rig, wanted, core)
        first, last = looks
        audio_s = (last.frames - first.frames) * FRAME_SAMPLES / SAMPLE_RATE_HZ / len(channels)
        windows = len(rig.windows())
    return Speed(len(channels), audio_s, last.at_s - first.at_s, last.cpu_s - first.cpu_s, start_s, windows)


def _repeated(frames: Sequence[AudioFrame], seconds: float) -> Iterator[AudioFrame]:
    """The frames over and over as one stream that does not end."""
    at, first = 0, next(frame for frame in frames if frame.pcm)
    while at < seconds * SAMPLE_RATE_HZ:
        for frame in frames:
            if len(frame.pcm) != FRAME_SAMPLES * SAMPLE_BYTES:
                continue
            captured_at = captured_at_of(at, 0, first.captured_at)
            yield replace(frame, session_id=SESSION, first_sample=at, captured_at=captured_at, last=False)
            at += FRAME_SAMPLES


def _worked_through(rig: Rig, frames: int, core: int) -> tuple[tuple[Look, Look], float]:
    """The segmenter after its first frames and after its last, and how long it took to the former."""
    port = free_port()
    settings = Settings(kafka=rig.kafka, ops=OpsSettings(port=port), log=LogSettings(level="warning"))
    began = time.monotonic()
    child = start_child(
        [sys.executable, "-m", "earshot", "run", "segmenter"], ChildOptions(environment=child_environment(settings))
    )
    try:
        os.sched_setaffinity(child.pid, {core})
        first: Look | None = None
        while time.monotonic() - began < PATIENCE_S:
            if child.poll() is not None:
                raise SystemExit(f"the segmenter has ended with status {child.returncode}")
            look = _look(port, psutil.Process(child.pid))
            if look.frames and first is None:
                first = look
            if first is not None and look.frames >= frames:
                return (first, look), first.at_s - began
            time.sleep(POLL_S)
        raise SystemExit(f"the segmenter has not finished in {PATIENCE_S:g} s")
    finally:
        stop_child(child, STOP_WITHIN_S)
        kill_child(child)


def _look(port: int, process: psutil.Process) -> Look:
    times = process.cpu_times()
    cpu_s = times.user + times.system
    try:
        lines = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5, trust_env=False).text.splitlines()
    except httpx.TransportError:
        return Look(time.monotonic(), cpu_s, 0)
    counts = [line.rpartition(" ")[2] for line in lines if line.startswith("earshot_segmenter_frames_total{")]
    return Look(time.monotonic(), cpu_s, int(sum(map(float, counts))))


def _report(speeds: list[Speed]) -> None:
    names = ("channels", "sound of each", "time", "× real time", "limit", "by processor time", "started in", "windows")
    table = Table(*names, title="Replay through VAD and windowing, one core", title_justify="left")
    for speed in speeds:
        table.add_row(
            str(speed.channels),
            f"{speed.audio_s:.0f} s",
            f"{speed.wall_s:.1f} s",
            f"{speed.by_the_clock:.1f}",
            f"{LIMITS[speed.channels]:g}",
            f"{speed.by_processor_time:.1f}",
            f"{speed.start_s:.1f} s",
            str(speed.windows),
        )
    Console().print(table)
    out = Path("bench/out")
    out.mkdir(parents=True, exist_ok=True)
    figures = [{**asdict(speed), "times_real_time": speed.by_the_clock} for speed in speeds]
    (out / "replay_speed.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
