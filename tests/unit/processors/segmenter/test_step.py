"""Records in, records out."""

from dataclasses import replace

import pytest

from processors.segmenter.from_settings import options_of
from processors.segmenter.options import SegmenterOptions
from processors.segmenter.step import SegmenterStep
from processors.segmenter.vad import SileroVad
from runtime.libraries import libraries_of
from runtime.record import Record
from runtime.settings import Settings, VadSettings, WindowSettings
from runtime.stage import StepResult
from schemas.codec import decode, encode
from schemas.events import AudioFrame, DeadLetter, SpeechWindow
from tests.support.segmenting import TOPIC, packets
from tests.support.voice import talk

SECOND_US = 1_000_000


@pytest.fixture(scope="module")
def frames() -> list[AudioFrame]:
    return packets(talk(12, seed=1), [1536])


def record_of(frame: AudioFrame, offset: int) -> Record:
    return Record(TOPIC, 0, offset, frame.session_id.encode(), encode(frame), frame.captured_at)


def run(frames: list[AudioFrame], lag_us: int = 0) -> list[StepResult]:
    now = [0]
    step = SegmenterStep(SileroVad(), SegmenterOptions(), lambda: now[0])
    results = []
    for offset, frame in enumerate(frames):
        now[0] = frame.captured_at + lag_us
        results.append(step.step(record_of(frame, offset)))
    return results


def test_windows_go_to_their_topics_under_the_key_of_their_stream(frames: list[AudioFrame]) -> None:
    outputs = [output for result in run(frames) for output in result.outputs]
    windows = [decode(SpeechWindow, output.value) for output in outputs]
    assert {output.key for output in outputs} == {b"s/C01"}
    assert {
        (output.topic, output.awaited) for output, window in zip(outputs, windows, strict=True) if window.final
    } == {("speech.windows", True)}
    interims = {(o.topic, o.awaited) for o, window in zip(outputs, windows, strict=True) if not window.final}
    assert interims == {("speech.windows.interim", False)}


def test_old_audio_gets_no_interims_and_the_same_windows(frames: list[AudioFrame]) -> None:
    live = [output for result in run(frames) for output in result.outputs if output.awaited]
    late = [output for result in run(frames, lag_us=2 * SECOND_US) for output in result.outputs]
    assert late == live


def test_the_end_of_the_last_stream_frees_everything(frames: list[AudioFrame]) -> None:
    results = run(frames)
    assert results[-2].needed_offset < len(frames) - 1
    assert results[-1].needed_offset == len(frames)


def test_bad_records_become_dead_letters_and_change_nothing(frames: list[AudioFrame]) -> None:
    step = SegmenterStep(SileroVad(), SegmenterOptions(), lambda: frames[0].captured_at)
    wrong = replace(frames[1], sample_rate=8000)
    values = [encode(frames[0]), b"\0\0\0\0\1bad", None, encode(wrong), encode(frames[1])]
    results = [step.step(Record(TOPIC, 0, n, b"k", value, 0)) for n, value in enumerate(values)]
    letters = [decode(DeadLetter, output.value) for result in results[1:4] for output in result.outputs]
    assert [(letter.offset, letter.value, letter.stage) for letter in letters] == [
        (1, b"\0\0\0\0\1bad", "segmenter"),
        (2, b"", "segmenter"),
        (3, encode(wrong), "segmenter"),
    ]
    assert "8000" in letters[-1].error
    assert all(output.awaited for result in results[1:4] for output in result.outputs)
    assert [result.needed_offset for result in results] == [0] * 5


def test_frames_sent_again_in_a_row_are_one_line(frames: list[AudioFrame], caplog: pytest.LogCaptureFixture) -> None:
    run([*frames[:10], *frames[2:9], frames[10], frames[3], *frames[15:20]])
    assert [record.getMessage() for record in caplog.records] == [
        f"passed over: a late or repeated frame at sample {frames[2].first_sample} of s/C01",
        f"passed over: a late or repeated frame at sample {frames[3].first_sample} of s/C01",
        f"gap before sample {frames[15].first_sample} of s/C01",
    ]


def test_a_dead_letter_fits_a_record_even_if_the_bad_one_barely_did() -> None:
    step = SegmenterStep(SileroVad(), SegmenterOptions(), lambda: 0)
    [output] = step.step(Record(TOPIC, 0, 0, b"k" * 100_000, bytes(1_900_000), 0)).outputs
    assert len(output.key) + len(output.value) < 1_000_000


def test_a_forgotten_partition_starts_from_nothing(frames: list[AudioFrame]) -> None:
    step = SegmenterStep(SileroVad(), SegmenterOptions(), lambda: 0)
    for _ in range(2):
        needed = [step.step(record_of(frame, offset)).needed_offset for offset, frame in enumerate(frames[:50])]
        assert needed == [0] * 50
        step.forget((TOPIC, 0))


def test_settings_in_samples_and_chunks() -> None:
    libraries = libraries_of("onnxruntime", "silero-vad")
    assert options_of(Settings().vad, Settings().window) == SegmenterOptions(libraries=libraries)
    assert options_of(VadSettings(silence_ms=513), WindowSettings()).endpoint.silence_chunks == 17
