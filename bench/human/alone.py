"""Each clip by itself: errors by language, and how far word starts are from those of another recognizer.

    python -m bench.human.alone [--clips DIR]

whisper-base with eight languages allowed, beside bare faster-whisper on the same clips.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from bench.human.clips import FOLDER, Clip, read_clips
from bench.human.counting import Count, count, total, units
from bench.human.hearing import Bare, Ours, Told
from models.real.weights import BASE, folder_of
from schemas.audio import SAMPLE_RATE_HZ


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, default=FOLDER)
    clips = [clip for clip in read_clips(parser.parse_args().clips) if clip.text]
    model = folder_of(BASE)
    table = Table("who", "all", "en", "ko", "others", "CPU time")
    starts: list[float] = []
    for name, hearer in (("earshot", Ours(model)), ("faster-whisper", Bare(model))):
        told = [hearer.hear(clip.pcm) for clip in clips]
        counted = [count(clip.text, one.text, clip.language) for clip, one in zip(clips, told, strict=True)]
        table.add_row(name, *_rates(clips, counted), f"{sum(one.cpu_s for one in told):.0f} s")
        for clip, one in zip(clips, told, strict=True):
            starts += start_errors_s(clip, one)
    Console().print(table)
    p50, p90, p95 = np.percentile(starts, (50, 90, 95))
    Console().print(f"{len(starts)} word starts: p50 {p50:.2f} s, p90 {p90:.2f} s, p95 {p95:.2f} s from the manifest's")


def start_errors_s(clip: Clip, told: Told) -> Iterator[float]:
    """How far the start of each word that came out as it was said is from the manifest's."""
    said = units(clip.text, "en")
    words = [word for transcript in told.transcripts for word in transcript.words]
    heard = [" ".join(units(word.text, "en")) for word in words]
    if len(said) != len(clip.word_starts_s):
        return
    for block in Levenshtein.opcodes(said, heard):
        if block.tag == "equal":
            for before, after in zip(
                range(block.src_start, block.src_end), range(block.dest_start, block.dest_end), strict=True
            ):
                yield abs(words[after].start_sample / SAMPLE_RATE_HZ - clip.word_starts_s[before])


def _rates(clips: list[Clip], counted: list[Count]) -> list[str]:
    def rate(languages: set[str]) -> str:
        chosen = total(one for clip, one in zip(clips, counted, strict=True) if clip.language in languages)
        return f"{chosen.error_rate:.1%} of {chosen.said}"

    spoken = {clip.language for clip in clips}
    return [rate(spoken), rate({"en"}), rate({"ko"}), rate(spoken - {"en", "ko"})]


if __name__ == "__main__":
    main()
