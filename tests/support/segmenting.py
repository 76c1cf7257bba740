"""A speech model that notices everything, and logs of audio frames with every fault a producer can have."""

import zlib
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.segmenter.options import EndpointOptions, Grid, SegmenterOptions, WindowOptions
from processors.segmenter.partition import PartitionStreams
from processors.segmenter.probabilities import ModelState, Rows
from schemas.audio import CHUNK_SAMPLES, MICROSECONDS, captured_at_of
from schemas.events import AudioFrame, SpeechWindow

LOUD = 20_000
TOPIC = "audio.pcm.C01"
STARTED_US = 1_700_000_000 * MICROSECONDS

SMALL = SegmenterOptions(
    grid=Grid(block_chunks=12, prime_chunks=6, hinge_blocks=2),
    endpoint=EndpointOptions(start=0.5, stop=0.35, silence_chunks=3),
    window=WindowOptions(
        min_own=2048,
        max_own=5000,
        context=1000,
        interim=1024,
        pre_roll=700,
        post_roll=500,
        min_speech_chunks=2,
    ),
)
"""Everything small, so that a second of audio meets many blocks, cuts and silences."""


class EchoModel:
    """Calls a chunk as probable as it is loud, a little more or less by all it has heard since it was fresh.

    The state is a checksum of every sample and of the shape of every call: one sample more or less, or the same ones
    in other calls, changes every probability after it.
    """

    def fresh(self) -> ModelState:
        return (np.zeros(1, np.float32),)

    def listen(self, rows: Rows, state: ModelState) -> tuple[NDArray[np.float32], ModelState]:
        probabilities = []
        checksum = zlib.crc32(len(rows).to_bytes(2, "little"), int(state[0].view(np.uint32)[0]))
        for row in rows:
            checksum = zlib.crc32(row.tobytes(), checksum)
            loudness = float(np.abs(row[64:]).max()) * 32768 / LOUD
            probabilities.append(min(1.0, max(0.0, loudness + (checksum % 1000 - 500) / 10_000)))
        return np.array(probabilities, np.float32), (np.array([checksum], np.uint32).view(np.float32),)


def sound(levels: list[tuple[float, int]], seed: int = 0) -> NDArray[np.int16]:
    """Noise as loud as each level (0–1) for so many chunks."""
    rng = np.random.default_rng(seed)
    parts = [rng.uniform(-1, 1, chunks * CHUNK_SAMPLES) * level * LOUD for level, chunks in levels]
    return np.concatenate([np.zeros(0), *parts]).astype(np.int16)


def levels_of(max_runs: int = 14) -> st.SearchStrategy[list[tuple[float, int]]]:
    """Stretches of speech, of silence and of what lies between the bounds."""
    level = st.sampled_from([0.0, 0.1, 0.34, 0.42, 0.5, 0.7, 1.0])
    return st.lists(st.tuples(level, st.integers(1, 14)), min_size=1, max_size=max_runs)


def frame_of(samples: NDArray[np.int16], first: int, *, session: str = "s", last: bool = False) -> AudioFrame:
    """A frame captured when its position says."""
    captured_at = captured_at_of(first, 0, STARTED_US)
    return AudioFrame(session, "C01", first, 16_000, captured_at, samples.astype("<i2").tobytes(), last)


def packets(samples: NDArray[np.int16], sizes: list[int], *, session: str = "s") -> list[AudioFrame]:
    """The samples in frames of these sizes, over and over; the last one says so."""
    frames, first, turn = [], 0, 0
    while first < len(samples):
        size = sizes[turn % len(sizes)]
        after = min(first + size, len(samples))
        frames.append(frame_of(samples[first:after], first, session=session, last=after == len(samples)))
        first, turn = after, turn + 1
    return frames


@dataclass(frozen=True)
class Logged:
    """A record of the partition; without a frame it is one that was refused."""

    frame: AudioFrame | None
    timestamp_us: int
    begins: bool = False
    """Whether its producer says that it goes on with the stream after an end."""

    def __str__(self) -> str:
        at_s = f"{(self.timestamp_us - STARTED_US) / MICROSECONDS:.2f}"
        if self.frame is None:
            return f"{at_s}:refused"
        frame = self.frame
        marks = " last" * frame.last + " begins" * self.begins
        return f"{at_s}:{frame.session_id}@{frame.first_sample}+{len(frame.pcm) // 2}{marks}"


class Log(list[Logged]):
    """Records of one partition, shown without their sound."""

    def __repr__(self) -> str:
        return f"[{', '.join(map(str, self))}]"


@st.composite
def faulty_stream(draw: st.DrawFn, session: str) -> list[AudioFrame]:
    """One session's frames as they reach the log: lost, repeated, overlapping, restarted, entered late."""
    samples = sound(draw(levels_of()), seed=draw(st.integers(0, 9)))
    sizes = draw(st.lists(st.sampled_from([100, 511, 1000, 1536, 1537, 4000]), min_size=1, max_size=4))
    whole = packets(samples, sizes, session=session)
    frames = whole[draw(st.sampled_from([0, 0, 0, 1, 3])) :] or whole
    for _ in range(draw(st.integers(0, 4))):
        if len(frames) < 3:
            break
        at = draw(st.integers(1, len(frames) - 1))
        frames = _with_fault(draw, frames, at)
    return frames if draw(st.booleans()) else [replace(frame, last=False) for frame in frames]


def _with_fault(draw: st.DrawFn, frames: list[AudioFrame], at: int) -> list[AudioFrame]:
    fault = draw(st.sampled_from(["lost", "repeated", "overlap", "restart", "end"]))
    if fault == "lost":
        return frames[:at] + frames[at + 1 :]
    if fault == "repeated":
        return [*frames[:at], frames[draw(st.integers(0, at - 1))], *frames[at:]]
    if fault == "end":
        return [*frames[:at], replace(frames[at], last=True), *frames[at + 1 :]]
    if fault == "restart":
        back = draw(st.sampled_from([0, frames[at].first_sample // 2]))
        shift = frames[at].first_sample - back
        later = (shift + 8000) * MICROSECONDS // 16_000
        return frames[:at] + [
            replace(frame, first_sample=max(0, frame.first_sample - shift), captured_at=frame.captured_at + later)
            for frame in frames[at:]
        ]
    frame = frames[at]
    back = min(draw(st.integers(1, 900)), frame.first_sample)
    noise = sound([(draw(st.sampled_from([0.0, 0.6])), 2)])[:back]
    moved = replace(
        frame,
        first_sample=frame.first_sample - back,
        captured_at=frame.captured_at - back * MICROSECONDS // 16_000,
        pcm=noise.tobytes() + frame.pcm,
    )
    return [*frames[:at], moved, *frames[at + 1 :]]


@st.composite
def partition_log(draw: st.DrawFn) -> Log:
    """The records of one partition: up to three sessions whose frames interleave, refused ones, and long waits."""
    streams = [draw(faulty_stream(f"s{number}")) for number in range(draw(st.integers(1, 3)))]
    random = Random(draw(st.integers(0, 2**16)))
    log = Log()
    ended: set[str] = set()
    now = STARTED_US
    while any(streams):
        stream = random.choice([stream for stream in streams if stream])
        now += random.choice([10_000] * 40 + [31 * MICROSECONDS])
        refused = random.random() < 0.03
        frame = None if refused else stream.pop(0)
        begins = frame is not None and (frame.session_id in ended or random.random() < 0.02)
        log.append(Logged(frame, now, begins))
        if frame is not None:
            (ended.add if frame.last else ended.discard)(frame.session_id)
    return log


def replay(log: Log, from_offset: int = 0, log_start: int = -1) -> tuple[list[list[SpeechWindow]], list[int]]:
    """What the segmenter makes of the log from an offset on: windows of each record, offset to commit after each.

    `log_start`: the first offset that the log still has.
    """
    streams = PartitionStreams(TOPIC, 0, EchoModel(), SMALL)
    streams.log_start = from_offset if from_offset <= log_start else None
    windows, needed = [], []
    for offset, record in enumerate(log[from_offset:], from_offset):
        taken = None
        if record.frame is not None:
            taken = streams.take(record.frame, offset, record.timestamp_us, begins=record.begins)
        windows.append(taken.windows if taken else [])
        needed.append(streams.needed_offset(offset + 1))
    return windows, needed
