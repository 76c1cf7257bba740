"""Voices that follow each other closely: words lost, by the pipeline and by bare faster-whisper on the whole recording.

    python -m bench.human.turns [--model base] [--orders 20] [--clips DIR]

Twelve English clips of several people at one level, 120 and 300 ms apart, in random orders.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.human.clips import FOLDER, Clip, read_clips
from bench.human.counting import Count, count
from bench.human.hearing import EIGHT, Bare, Ours
from bench.human.joining import joined, shuffled
from models.real.weights import BASE, TINY_EN, folder_of

MODELS = {weights.name: weights for weights in (BASE, TINY_EN)}
GAPS_S = (0.12, 0.3)
VOICES = 12


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=tuple(MODELS), default=BASE.name)
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--clips", type=Path, default=FOLDER)
    options = parser.parse_args()
    model = folder_of(MODELS[options.model])
    ours = Ours(model, EIGHT if options.model == BASE.name else ("en",))
    table = Table("gap", "who", "words", "lost", "put in", "changed", "marked", "CPU time")
    for gap_s in GAPS_S:
        for name, hearer in (("earshot", ours), ("faster-whisper", Bare(model))):
            table.add_row(
                f"{1000 * gap_s:.0f} ms", name, *_row(hearer, voices(read_clips(options.clips)), gap_s, options)
            )
    Console().print(table)


def voices(clips: list[Clip]) -> list[Clip]:
    """The twelve longest English texts."""
    english = [clip for clip in clips if clip.language == "en" and clip.text]
    longest = sorted(english, key=lambda clip: -len(clip.text))[:VOICES]
    return [clip for clip in english if clip in longest]


def _row(hearer: Ours | Bare, clips: list[Clip], gap_s: float, options: argparse.Namespace) -> list[str]:
    counted, marked_s, cpu_s = Count(), 0.0, 0.0
    for seed in range(options.orders):
        recording = joined(shuffled(clips, seed), gap_s)
        told = hearer.hear(recording.pcm)
        counted += count(recording.text, told.text)
        marked_s += told.uncovered_s
        cpu_s += told.cpu_s
    lost = f"{counted.lost} ({counted.lost / counted.said:.2%})"
    return [str(counted.said), lost, str(counted.added), str(counted.changed), f"{marked_s:.1f} s", f"{cpu_s:.0f} s"]


if __name__ == "__main__":
    main()
