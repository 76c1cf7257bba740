"""Out of the log and back: exports, imports, clips."""

import csv
import json
import wave
from dataclasses import replace

import numpy as np
import pytest

from review.fixture_file import read_fixture
from review.pipeline import LocalPipeline
from review.publishing import push_segments
from review.recording import merged
from review.rows import read_session
from review.search import find_session
from review.stages import SINK, Stages
from runtime.errors import ConfigError
from tests.integration.review.support import earshot


def samples_of(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_an_exported_session_comes_back_to_the_sample(
    recorded, settings, store, session_id, pipeline: LocalPipeline, tmp_path
):
    folder = tmp_path / "out"
    result = earshot(settings, "export", recorded.session_id, "--audio", "--out", str(folder))
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} >= {"C01.flac", "C02.flac", "C03.flac", "C01.txt", "fixture.yaml"}
    assert read_fixture(folder).streams["C03"].expect == ""
    result = earshot(settings, "import", str(folder), "--as", session_id)
    assert result.exit_code == 0, result.output
    again = find_session(settings.kafka, session_id, {})
    for channel in recorded.channels:
        assert sound(again, channel) == sound(recorded.recording, channel)
        assert times(again, channel) == times(recorded.recording, channel)
    made = pipeline.run(merged(again, again.channels), recorded.session_id)
    assert [(one.window_id, one.own_to, one.pcm) for one in made.windows] == [
        (one.window_id, one.own_to, one.pcm) for one in recorded.made.windows
    ]
    with pytest.raises(ConfigError, match="exists already"):
        earshot(settings, "import", str(folder), "--as", session_id)


def test_every_text_format_is_written(recorded, settings, tmp_path):
    formats = "wav,srt,vtt,textgrid,txt,jsonl,csv,parquet"
    result = earshot(settings, "export", recorded.session_id, "--format", formats, "--out", str(tmp_path))
    assert result.exit_code == 0, result.output
    said = [one for one in recorded.made.segments if one.channel_id == "C01"]
    assert (tmp_path / "C01.srt").read_text().count(" --> ") == len(said)
    assert (tmp_path / "C01.vtt").read_text().startswith("WEBVTT")
    assert "IntervalTier" in (tmp_path / "C01.TextGrid").read_text()
    assert len((tmp_path / "C01.txt").read_text().splitlines()) == len(said)
    assert not (tmp_path / "C03.srt").exists()
    assert np.array_equal(samples_of(tmp_path / "C01.wav"), recorded.channels["C01"])
    lines = [json.loads(line) for line in (tmp_path / "segments.jsonl").read_text().splitlines()]
    assert {line["segment_id"] for line in lines} == {one.segment_id for one in recorded.made.segments}
    with (tmp_path / "segments.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(recorded.made.segments)
    assert (tmp_path / "segments.parquet").read_bytes()[:4] == b"PAR1"


def test_a_session_that_does_not_exist_leaves_no_folder(settings, store, tmp_path):
    for arguments in (("--format", "vtt"), ("--audio", "--format", "flac")):
        with pytest.raises(ConfigError, match="nosuch"):
            earshot(settings, "export", "nosuch", *arguments, "--out", str(tmp_path / "out"))
        assert not (tmp_path / "out").exists()
    (tmp_path / "kept").mkdir()
    with pytest.raises(ConfigError, match="nosuch"):
        earshot(settings, "export", "nosuch", "--out", str(tmp_path / "kept"))
    assert (tmp_path / "kept").exists()


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", '=HYPERLINK("http://x","y")']
PLAIN = ["1-1", '삼번 산소, "now"', "a\nb", "'x"]


def test_a_csv_for_a_spreadsheet_holds_no_formula_and_is_marked_as_utf_8(
    recorded, settings, store, session_id, tmp_path
):
    original = next(one for one in recorded.made.segments if one.channel_id == "C01")
    texts = [*FORMULAS, *PLAIN]
    windows = [f"{session_id}/C01/{at}" for at in range(len(texts))]
    push_segments(
        settings.kafka,
        [
            replace(
                original,
                session_id=session_id,
                window_id=window,
                utterance_id=window,
                segment_id=f"{window}/0",
                start_sample=at,
                text=text,
            )
            for at, (window, text) in enumerate(zip(windows, texts, strict=True))
        ],
    )
    Stages(settings.kafka).wait_for({}, (SINK,))
    result = earshot(settings, "export", session_id, "--format", "csv", "--excel", "--out", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "segments.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "segments.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [f"'{text}" for text in FORMULAS] + PLAIN
    assert rows[0]["segment_id"] == f"{session_id}/C01/0/0"
    assert float(rows[0]["avg_logprob"]) == pytest.approx(original.decoding.avg_logprob)  # a number stays one
    assert float(rows[0]["avg_logprob"]) < 0
    earshot(settings, "export", session_id, "--format", "csv", "--out", str(tmp_path / "plain"))
    with (tmp_path / "plain" / "segments.csv").open(newline="", encoding="utf-8") as file:
        assert [row["text"] for row in csv.DictReader(file)] == texts


def test_a_clip_is_the_sound_of_the_segment_and_a_little_more(recorded, settings, store, tmp_path):
    row = read_session(store, recorded.session_id).rows[0]
    path = tmp_path / "x.wav"
    result = earshot(settings, "clip", row.segment_id, "-o", str(path), "--margin", "0")
    assert result.exit_code == 0, result.output
    clip = samples_of(path)
    stream = recorded.channels[row.channel_id]
    assert np.array_equal(clip, stream[row.start_sample : row.end_sample])
    result = earshot(settings, "clip", row.segment_id, "-o", str(path))
    assert result.exit_code == 0, result.output
    wider = samples_of(path)
    around = stream[max(0, row.start_sample - 2400) : row.end_sample + 2400]
    assert len(clip) < len(wider) <= len(around) + 1536
    assert wider.tobytes() in stream.tobytes()


def test_a_segment_that_does_not_exist_is_said_so(recorded, settings, tmp_path):
    with pytest.raises(ConfigError, match="no such row"):
        earshot(settings, "clip", f"{recorded.session_id}/C01/7/0", "-o", str(tmp_path / "x.wav"))


def sound(recording, channel):
    return b"".join(placed.frame.pcm for placed in recording.frames(channel))


def times(recording, channel):
    return [placed.frame.captured_at for placed in recording.frames(channel) if placed.frame.pcm]
