"""What comes out the same on another processor, and what does not: the exercise under each kernel of each library.

    python -m bench.same [--model models/demo] [--channels C01,C02] [--only GENERIC,oneDNN]

Every variant is a process of its own that is told, by the libraries' own variables, to take this processor for
another or to compute another way; it hears the same files by the stages' own code. Compared with the first variant,
which is told nothing, are: the sound as it is decoded and resampled, the windows byte for byte, the model's input bit
for bit, the texts, the times of words, and the scores. ONNX Runtime, which hears speech for the windows, has no such
variable: its kernels are always this processor's.
Prints a table and writes bench/out/same.json. Exits 1 if what is promised to be the same everywhere (windows, input)
is not.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faster_whisper.feature_extractor import FeatureExtractor
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__  # type: ignore[import-not-found]
from rich.console import Console
from rich.table import Table

from demo.live.rehearsal import exercise_files
from processors.transcriber.context import context_frames
from processors.transcriber.features import mel_frames, samples_of
from processors.transcriber.log_mel import FFT_SAMPLES, LogMel
from processors.transcriber.model_files import find_model
from review.fixture import Fixture, FixtureChannel
from review.pipeline import LocalPipeline
from review.recording import merged
from runtime.settings import Settings, load_settings
from schemas.audio import SAMPLE_RATE_HZ
from schemas.codec import encode
from schemas.events import Segment
from schemas.topics import CHANNELS

MEL_BANDS = 80
PATIENCE_S = 3600.0
FAILED_EXIT_CODE = 1
LEAST_NUMPY = " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name])


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to compute."""

    name: str
    variables: dict[str, str] = field(default_factory=dict)


VARIANTS = (
    Variant("as it is"),
    Variant("again"),
    Variant("alone in each batch", {"EARSHOT_WHISPER__BATCH_WINDOWS": "1"}),
    Variant("two threads", {"EARSHOT_WHISPER__CPU_THREADS": "2"}),
    Variant("CTranslate2 GENERIC", {"CT2_FORCE_CPU_ISA": "GENERIC"}),
    Variant("CTranslate2 AVX", {"CT2_FORCE_CPU_ISA": "AVX"}),
    Variant("CTranslate2 AVX2", {"CT2_FORCE_CPU_ISA": "AVX2"}),
    Variant("CTranslate2 AVX512", {"CT2_FORCE_CPU_ISA": "AVX512"}),
    Variant("MKL for AVX-512, no VNNI", {"MKL_ENABLE_INSTRUCTIONS": "AVX512"}),
    Variant("MKL for AVX2", {"MKL_ENABLE_INSTRUCTIONS": "AVX2"}),
    Variant("MKL for SSE4.2", {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2"}),
    Variant("oneDNN for MKL", {"CT2_USE_MKL": "0"}),
    Variant("oneDNN for AVX-512, no VNNI", {"CT2_USE_MKL": "0", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}),
    Variant("oneDNN for AVX2", {"CT2_USE_MKL": "0", "ONEDNN_MAX_CPU_ISA": "AVX2"}),
    *(Variant(f"OpenBLAS {name}", {"OPENBLAS_CORETYPE": name}) for name in ("Haswell", "SkylakeX", "Zen", "Prescott")),
    Variant("numpy without SIMD", {"NPY_DISABLE_CPU_FEATURES": LEAST_NUMPY}),
)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="models/demo")
    parser.add_argument("--channels", default=",".join(CHANNELS))
    parser.add_argument("--only", default="", help="variants whose name holds one of these, besides the first")
    parser.add_argument("--hear", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    channels = options.channels.split(",")
    if options.hear is not None:
        options.hear.write_text(json.dumps(hear(options.model, channels)), encoding="utf-8")
        return
    wanted = [part for part in options.only.split(",") if part]
    variants = [
        one for place, one in enumerate(VARIANTS) if not place or not wanted or any(w in one.name for w in wanted)
    ]
    outcomes = [(variant, _outcome(variant, options.model, channels)) for variant in variants]
    rows = [(variant.name, compared(outcomes[0][1], outcome)) for variant, outcome in outcomes]
    _report(rows, outcomes[0][1])
    broken = [name for name, row in rows if row and not (row["windows"] == row["input"] == "same")]
    sys.exit(FAILED_EXIT_CODE if broken else 0)


def hear(model: str, channels: Sequence[str]) -> dict[str, Any]:
    """What this process makes of the exercise: digests of sound, windows and input, and what was heard."""
    files = {path.stem: path for path in exercise_files() if path.stem in channels}
    recording = Fixture(Path(), "same", {channel: FixtureChannel(file) for channel, file in files.items()})
    settings = _settings(model)
    pipeline = LocalPipeline(settings, ())
    sound = hashlib.sha256()
    for channel in recording.channels:
        for placed in recording.frames(channel):
            sound.update(placed.frame.pcm)
    began_s = time.process_time()
    made = pipeline.run(merged(recording, recording.channels), "same")
    card = find_model(model, lambda name: name).card
    rule = card.context_rule(settings.whisper.context)
    log_mel = LogMel(FeatureExtractor.get_mel_filters(SAMPLE_RATE_HZ, FFT_SAMPLES, n_mels=MEL_BANDS))
    inputs = hashlib.sha256()
    for window in sorted(made.windows, key=lambda one: one.window_id):
        samples = samples_of(window.pcm)
        inputs.update(mel_frames(samples, context_frames(len(samples), rule), log_mel).tobytes())
    return {
        "sound": sound.hexdigest(),
        "windows": {one.window_id: hashlib.sha256(encode(one)).hexdigest() for one in made.windows},
        "input": inputs.hexdigest(),
        "segments": {one.segment_id: _said(one) for one in made.segments},
        "made_by": made.transcripts[0].decoding.provenance.instruction_set if made.transcripts else "",
        "backend": made.transcripts[0].decoding.provenance.gemm_backend if made.transcripts else "",
        "processor": made.transcripts[0].decoding.provenance.processor if made.transcripts else "",
        "cpu_s": time.process_time() - began_s,
    }


def compared(first: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any]:
    """What differs, in words for the table; empty where this processor cannot play the variant."""
    if first is None or other is None:
        return {}
    before, after = first["segments"], other["segments"]
    shared = before.keys() & after.keys()
    texts = len(before.keys() ^ after.keys()) + sum(before[name]["text"] != after[name]["text"] for name in shared)
    windows = sum(first["windows"].get(name) != digest for name, digest in other["windows"].items())
    windows += len(first["windows"].keys() - other["windows"].keys())
    equal = [name for name in shared if before[name]["text"] == after[name]["text"]]
    return {
        "set": f"{other['made_by']}, {other['backend']}",
        "sound": "same" if first["sound"] == other["sound"] else "different",
        "windows": "same" if not windows else f"{windows} different",
        "input": "same" if first["input"] == other["input"] else "different",
        "texts": _count(texts, len(before)),
        "word times": _count(sum(before[name]["times"] != after[name]["times"] for name in equal), len(equal)),
        "scores": _count(sum(before[name]["scores"] != after[name]["scores"] for name in equal), len(equal)),
    }


def _said(segment: Segment) -> dict[str, Any]:
    decoding = segment.decoding
    return {
        "text": segment.text_raw,
        "times": [[word.start_sample, word.end_sample] for word in segment.words],
        "scores": [
            decoding.avg_logprob,
            decoding.no_speech_prob,
            decoding.language_probability,
            *(word.probability for word in segment.words),
        ],
    }


def _settings(model: str) -> Settings:
    """This process's, with a model and on the CPU."""
    settings = load_settings()
    whisper = settings.whisper.model_copy(update={"model": model, "device": "cpu"})
    return settings.model_copy(update={"whisper": whisper})


def _outcome(variant: Variant, model: str, channels: Sequence[str]) -> dict[str, Any] | None:
    """What a process of this variant hears, or None where it cannot run here."""
    with tempfile.TemporaryDirectory(prefix="earshot-same-") as folder:
        out = Path(folder) / "heard.json"
        command = [sys.executable, "-m", "bench.same", "--model", model, "--channels", ",".join(channels)]
        done = subprocess.run(
            [*command, "--hear", str(out)],
            env={**os.environ, **variant.variables},  # noqa: TID251
            timeout=PATIENCE_S,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            Console(stderr=True).print(f"{variant.name}: not on this processor ({''.join(last)})", highlight=False)
            return None
        heard: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    Console(stderr=True).print(f"{variant.name}: {heard['cpu_s']:.0f} s of processor time", highlight=False)
    return heard


def _count(different: int, of: int) -> str:
    return f"{different} of {of} different" if different else f"{of} same"


def _report(rows: list[tuple[str, dict[str, Any]]], first: dict[str, Any] | None) -> None:
    names = ("set", "sound", "windows", "input", "texts", "word times", "scores")
    table = Table("variant", *names, title=f"The exercise on {(first or {}).get('processor')}", title_justify="left")
    for name, row in rows:
        table.add_row(name, *(row.get(column, "—") for column in names))
    Console(width=200).print(table)
    out = Path("bench/out")
    out.mkdir(parents=True, exist_ok=True)
    figures = {"processor": (first or {}).get("processor"), "variants": dict(rows)}
    (out / "same.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
